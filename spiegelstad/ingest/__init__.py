"""Sources: their definitions, fetching, reading, checking, runs, quarantine and the steward's desk."""
