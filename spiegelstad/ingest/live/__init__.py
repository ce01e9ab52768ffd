"""Messages of sensors as they come: from MQTT brokers and webhooks to entities and observations."""
