"""A table of addresses as it comes in: checked, folded, and turned into rows of addresses and streets."""

from collections.abc import Iterable
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from spiegelstad.base.errors import InvalidInput
from spiegelstad.places.rules.addresses import fold, number_of

_TEXTS = ("id", "street", "house_number", "box_number", "postcode", "municipality")
_NEEDED = ("id", "street", "postcode", "municipality", "lon", "lat")
_LENGTHS = {"id": 100, "street": 120, "house_number": 20, "box_number": 20, "postcode": 10, "municipality": 100}


class InvalidAddresses(InvalidInput):
    """The table cannot be imported; says what is wrong with how many rows."""

    title = "Invalid addresses"


class AddressTable:
    """Addresses fit to be merged: texts filled and within length, coordinates in degrees, ids unique."""

    def __init__(self, table: pa.Table) -> None:
        missing = [name for name in _NEEDED if name not in table.column_names]
        if missing:
            raise InvalidAddresses(f"Columns are missing: {', '.join(missing)}.")
        empty = pa.array([""] * table.num_rows, pa.string())
        self._columns = {
            name: pc.fill_null(table[name].cast(pa.string()), "") if name in table.column_names else empty
            for name in _TEXTS
        }
        self._points = {name: table[name].cast(pa.float64()) for name in ("lon", "lat")}
        self.rows: int = table.num_rows
        self._check()

    def _check(self) -> None:
        problems = [
            f"{count} rows have no {name}."
            for name in ("id", "street")
            if (count := pc.sum(pc.equal(self._columns[name], "")).as_py())
        ]
        problems += [
            f"{count} rows have a {name} of more than {length} characters."
            for name, length in _LENGTHS.items()
            if (count := pc.sum(pc.greater(pc.utf8_length(self._columns[name]), length)).as_py())
        ]
        for name, edge in (("lon", 180), ("lat", 90)):
            inside = pc.fill_null(pc.less_equal(pc.abs(self._points[name]), edge), False)
            if count := self.rows - (pc.sum(inside).as_py() or 0):
                problems.append(f"{count} rows have no usable {name} in degrees.")
        if doubles := self.rows - pc.count_distinct(self._columns["id"]).as_py():
            problems.append(f"{doubles} ids occur more than once.")
        if problems:
            raise InvalidAddresses(" ".join(problems), remedy="Correct the source, or its mapping to addresses.")

    @cached_property
    def _streets(self) -> dict[tuple[str, str, str], tuple[str, str, str]]:
        """Per (street, postcode, municipality): id, key and key of the municipality."""
        columns = (self._columns[name].to_pylist() for name in ("street", "postcode", "municipality"))
        found = {}
        for street in dict.fromkeys(zip(*columns, strict=True)):
            name, postcode, municipality = street
            key, town = fold(name), fold(municipality)
            found[street] = (f"{postcode}/{town}/{key}", key, town)
        return found

    def address_rows(self) -> Iterable[tuple[object, ...]]:
        """Id, street id, number, street, house number, box, postcode, municipality, lon, lat."""
        columns = [self._columns[name].to_pylist() for name in _TEXTS]
        points = [self._points[name].to_pylist() for name in ("lon", "lat")]
        for id_, street, house, box, postcode, municipality, lon, lat in zip(*columns, *points, strict=True):
            street_id = self._streets[street, postcode, municipality][0]
            yield id_, street_id, number_of(house), street, house, box, postcode, municipality, lon, lat

    def street_rows(self) -> Iterable[tuple[object, ...]]:
        """Id, street, postcode, municipality, key and key of the municipality; each id once."""
        seen = set()
        for (street, postcode, municipality), (street_id, key, town) in self._streets.items():
            if street_id not in seen:
                seen.add(street_id)
                yield street_id, street, postcode, municipality, key, town
