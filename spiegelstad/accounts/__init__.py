"""People, organisations, roles, sign-in and keys."""
