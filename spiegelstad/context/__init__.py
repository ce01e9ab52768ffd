"""The live context: NGSI-LD entities, their changes and histories, subscriptions and federation."""
