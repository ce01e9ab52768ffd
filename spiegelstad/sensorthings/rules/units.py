"""Units as clients write them (name, symbol, definition) and their UN/CEFACT code, by which the city knows a unit."""

from collections.abc import Mapping
from typing import Any

from spiegelstad.base import units

NO_UNIT = "C62"
_SYMBOLS = {units.unit(code).symbol: code for code in sorted(units.codes()) if code and units.unit(code).symbol}
_ALSO = {
    "degC": "CEL",
    "Cel": "CEL",
    "C": "CEL",
    "ug/m3": "GQ",
    "µg/m3": "GQ",
    "μg/m³": "GQ",
    "ug.m-3": "GQ",
    "m2": "MTK",
}


def unit_code(given: Mapping[str, Any]) -> str:
    """Return the code of a unit: what it says itself, else by its symbol; a plain number when it is not known."""
    symbol, definition = given.get("symbol"), given.get("definition")
    last = definition.rstrip("/").rsplit("/", 1)[-1] if isinstance(definition, str) else ""
    if last and last in units.codes():
        return last
    if isinstance(symbol, str):
        return _SYMBOLS.get(symbol) or _ALSO.get(symbol) or (symbol if symbol in units.codes() and symbol else NO_UNIT)
    return NO_UNIT
