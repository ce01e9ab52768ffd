"""Reads of indicators and figures; the policy filter is inside each."""
