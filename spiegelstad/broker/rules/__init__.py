"""Pure decisions of the broker: what may be asked, what is answered, and how it is protected."""
