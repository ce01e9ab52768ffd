"""SensorThings: the OGC SensorThings API 1.1 (Part 1: Sensing) over the series of the mirror."""
