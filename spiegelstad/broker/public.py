"""The door of the broker: the room is for people and programs outside, not for other rooms."""

from spiegelstad.broker.grants import AGREEMENTS
from spiegelstad.broker.queries import agreements_by_dataset, asked_at, holders_addresses

__all__ = ["AGREEMENTS", "agreements_by_dataset", "asked_at", "holders_addresses"]
