"""Pure decisions about observations: which are taken, what they add up to. No Django, no I/O."""
