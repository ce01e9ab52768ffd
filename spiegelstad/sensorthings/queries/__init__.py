"""Reads of SensorThings, behind the policy."""
