"""Reads of the mirror, each behind the policy."""
