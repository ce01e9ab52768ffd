"""The concise form: what can be inferred is left out, and nothing else (clauses 4.5.2.3, 4.5.3.3, 4.7.3 and so on)."""

from typing import Any

from spiegelstad.context.formats.instances import is_read_as_members
from spiegelstad.context.rules.geojson import is_geometry


def concise(normalized: dict[str, Any], *, alone: bool) -> Any:
    """Return the concise form of an attribute whose sub-attributes are concise already. It takes the object over.

    An attribute keeps its type only when its value would be read as something else: a Property whose value happens to
    be a geometry. It is a bare value only when it stands alone: a list of bare values would be one value, a list.
    """
    kind = normalized["type"]
    if kind not in ("Property", "GeoProperty"):
        del normalized["type"]
        return normalized
    value = normalized["value"]
    if kind == "Property" and isinstance(value, dict) and is_geometry(value):
        return normalized
    if alone and len(normalized) == 2 and (kind == "GeoProperty" or not is_read_as_members(value)):
        return value
    del normalized["type"]
    return normalized
