"""The backend that Django is told of in the settings: PostgreSQL, with a pool that bears that the database was away."""
