"""Governance people can see: data register, processing register, quality goals, life cycle, traceable use."""
