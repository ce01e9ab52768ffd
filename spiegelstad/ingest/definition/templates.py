"""Templates such as `urn:ngsi-ld:OffStreetParking:{garage}`: text with names of columns in braces."""

import re

_PLACE = re.compile(r"\{([^{}]*)\}")


def columns_in(template: str) -> list[str]:
    """Give the names in braces, in order."""
    return _PLACE.findall(template)


def pieces(template: str) -> list[tuple[bool, str]]:
    """Split into (is a column, text) pieces: `a:{b}` gives `[(False, "a:"), (True, "b")]`."""
    parts = _PLACE.split(template)
    return [(number % 2 == 1, part) for number, part in enumerate(parts) if part or number % 2 == 1]
