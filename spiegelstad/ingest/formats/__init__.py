"""Reading the format of a source into rows of text, in pieces."""
