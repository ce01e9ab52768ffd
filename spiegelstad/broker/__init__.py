"""Access to a part of closed data on conditions, and answers that protect people by themselves."""
