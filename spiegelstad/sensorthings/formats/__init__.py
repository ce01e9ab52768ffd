"""SensorThings documents, read and written."""
