"""Ground without a domain: errors, ids, clock, units, events, jobs, SQL, the database."""
