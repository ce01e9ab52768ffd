"""Writes of SensorThings."""
