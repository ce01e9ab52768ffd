"""Telling an MQTT broker of what is made and changed (OGC 18-088, clause 14.2)."""
