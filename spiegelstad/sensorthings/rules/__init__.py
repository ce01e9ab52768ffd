"""Pure rules of SensorThings: its model, addresses, query options and the meaning of $filter."""
