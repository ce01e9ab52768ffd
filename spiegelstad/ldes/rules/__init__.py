"""Pure decisions: which page a member comes on, which tile is round a place."""
