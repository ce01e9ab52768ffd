"""What is decided without a database, a file or a request."""
