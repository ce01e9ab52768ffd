"""The door of SensorThings."""

from spiegelstad.sensorthings.adopting import adopt_series

__all__ = ["adopt_series"]
