"""Areas, addresses and geometry."""
