"""Pure decisions of the live context: no Django, no I/O."""
