"""A region that does not exist: two small cities with brokers of their own, and a broker that answers for both."""
