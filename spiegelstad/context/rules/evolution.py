"""What becomes of an instance of an attribute in its history: an observation of a series, or a row of its own. Pure."""

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from spiegelstad.base import units
from spiegelstad.base.ids import new_id
from spiegelstad.context.rules.documents import Instance
from spiegelstad.context.rules.terms import CORE

SOON: Final = timedelta(minutes=5)
"""An observation that comes within this time of its moment counts as modified at its moment."""
INSTANCE: Final = "urn:ngsi-ld:instance:"
_OF_A_NUMBER = frozenset(
    {"type", "value", "observedAt", "unitCode", "datasetId", "createdAt", "modifiedAt", "instanceId"}
)
_LONGEST_ENTITY_ID = 300  # as the mirror has it
_LONGEST_PROPERTY = 100
_LONGEST_READABLE = 180
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Addition:
    """An instance that comes into the history of an entity, with its createdAt and modifiedAt."""

    entity_id: str
    attribute: str
    instance: Instance

    @property
    def dataset(self) -> str:
        """Its datasetId, empty for the default instance."""
        found: str = self.instance.get("datasetId", "")
        return found


def number_of(addition: Addition) -> float | None:
    """Return the value when there is no more to the instance than its moment and unit: then a series can hold it."""
    instance = addition.instance
    if "observedAt" not in instance or instance["type"] != "Property" or not _OF_A_NUMBER.issuperset(instance):
        return None
    value = instance["value"]
    if type(value) not in (int, float) or len(addition.entity_id) > _LONGEST_ENTITY_ID:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number == value else None


def shown_number(value: float) -> int | float:
    """Return a number as JSON writes it: whole numbers without decimals."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def property_of(attribute: str) -> str:
    """Return the short name that a series bears for an attribute (IRI)."""
    return CORE.compact(attribute)[-_LONGEST_PROPERTY:]


def attribute_of(property_: str) -> str:
    """Return the attribute (IRI) that a series shows whose property was named by a source."""
    return CORE.expand(property_)


def key_of(entity_id: str, attribute: str, dataset: str, unit_code: str) -> str:
    """Return the key of the series: readable, and never that of another series."""
    parts = [entity_id, attribute, dataset, unit_code]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
    return f"{f'{entity_id}/{property_of(attribute)}'[:_LONGEST_READABLE]}/{digest}"


def unit_of(unit_code: str) -> str:
    """Return the unit of the series; none for a code that has no symbol and name here."""
    return unit_code if unit_code in units.codes() else ""


def is_late(observed_at: datetime, recorded_at: datetime) -> bool:
    """Say whether an observation came so long after its moment, or before, that this is worth keeping."""
    return abs(recorded_at - observed_at) > SOON


def new_instance_id() -> str:
    """Return the name of a new instance."""
    return f"{INSTANCE}{new_id()}"


def observation_id(series: int, at: datetime) -> str:
    """Return the name of an instance that is an observation."""
    return f"{INSTANCE}observation:{series}:{(at - _EPOCH) // timedelta(microseconds=1)}"


def observation_of(instance_id: str) -> tuple[int, datetime] | None:
    """Return the series and moment of an instance that is an observation; None when it is none."""
    kind, *parts = instance_id.removeprefix(INSTANCE).split(":")
    if kind != "observation" or len(parts) != 2 or not instance_id.startswith(INSTANCE):
        return None
    try:
        series, microseconds = (int(part) for part in parts)
        return series, _EPOCH + timedelta(microseconds=microseconds)
    except (ValueError, OverflowError):
        return None


def stored(instance: Instance) -> dict[str, Any]:
    """Return an instance as its row holds it: its times of creation and modification stand in columns."""
    return {member: value for member, value in instance.items() if member not in ("createdAt", "modifiedAt")}
