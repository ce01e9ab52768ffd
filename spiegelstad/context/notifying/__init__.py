"""Telling subscribers of changes: matching events, queueing notifications, delivering them."""
