"""Address search: streets by trigrams, ranked by typing errors, then the house number."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.places.rules.addresses import (
    AddressQuery,
    StreetKey,
    number_of,
    number_penalty,
    parse,
    penalty,
    readings,
    score,
)
from spiegelstad.places.vocabulary import AddressHit

_ROOM = Path(__file__).parent
_CANDIDATES = 30
_STREETS_WITH_NUMBERS = 60
_OTHER_SUFFIXES = 4
MAX_HITS = 50


@dataclass(frozen=True)
class _Match:
    """A street with the reading of the question that fits it best."""

    points: float
    query: AddressQuery
    street: dict[str, Any]


def search_addresses(actor: Actor, text: str, limit: int = 10) -> list[AddressHit]:
    """Addresses of the actor's city that look like `text`, best first; forgives typing errors, order and accents.

    Without a house number, and where the number does not exist, the street itself is the hit.
    """
    ways = list(readings(parse(text)))
    asked = list(dict.fromkeys(way.street for way in ways if len(way.street) > 1))
    if not asked:
        return []
    params = {"tenant": actor.tenant_id, "asked": asked, "candidates": _CANDIDATES}
    streets = sql.dicts(sql.load(_ROOM, "similar_streets"), params)
    matches = sorted((match for street in streets for match in _matches(ways, street)), key=_order)
    matches = _once(matches)[:_STREETS_WITH_NUMBERS]
    houses = _houses(actor, matches)
    hits = [hit for match in matches for hit in _hits(match, houses.get(match.street["id"], []))]
    hits.sort(key=lambda hit: -hit.score)  # stable: what scores the same stays in the order of the streets
    return hits[: max(1, min(limit, MAX_HITS))]


def _matches(ways: list[AddressQuery], street: dict[str, Any]) -> Iterator[_Match]:
    """The ways to read the question that found this street, with how far it is from each."""
    key = StreetKey(street["key"], street["postcode"], street["municipality_key"])
    for way in ways:
        if way.street == street["asked"] and (points := penalty(way, key)) is not None:
            yield _Match(points, way, street)


def _order(match: _Match) -> tuple[float, int, str]:
    return match.points, -match.street["addresses"], match.street["id"]


def _once(matches: list[_Match]) -> list[_Match]:
    """The best match of each street."""
    best: dict[str, _Match] = {}
    for match in matches:
        best.setdefault(match.street["id"], match)
    return list(best.values())


def _houses(actor: Actor, matches: list[_Match]) -> dict[str, list[dict[str, Any]]]:
    """The addresses with the asked number, by street."""
    numbered = [match for match in matches if match.query.house_number]
    if not numbered:
        return {}
    params = {
        "tenant": actor.tenant_id,
        "streets": [match.street["id"] for match in numbered],
        "numbers": list({number_of(match.query.house_number) for match in numbered}),
    }
    houses: dict[str, list[dict[str, Any]]] = {}
    for row in sql.dicts(sql.load(_ROOM, "addresses_by_number"), params):
        houses.setdefault(row["street_id"], []).append(row)
    return houses


def _hits(match: _Match, houses: list[dict[str, Any]]) -> Iterator[AddressHit]:
    """The asked address, then its neighbours with another suffix; else the street."""
    wanted, box = match.query.house_number, match.query.box_number
    same_number = [house for house in houses if number_of(house["house_number"]) == number_of(wanted)]
    if not wanted or not same_number:
        yield _hit("street", match, match.street, house_number="", box_number="")
        return
    same_number.sort(key=lambda house: (house["house_number"].upper() != wanted, house["box_number"] != box))
    for house in same_number[: 1 + _OTHER_SUFFIXES]:
        yield _hit("address", match, house, house_number=house["house_number"], box_number=house["box_number"])


def _hit(kind: str, match: _Match, row: dict[str, Any], *, house_number: str, box_number: str) -> AddressHit:
    street, postcode, municipality = row["street"], row["postcode"], row["municipality"]
    house = " ".join(part for part in (house_number, f"bus {box_number}" if box_number else "") if part)
    label = f"{street} {house}".strip() + f", {postcode} {municipality}"
    points = match.points + number_penalty(match.query.house_number, house_number)
    return AddressHit(
        kind=kind,
        id=row["id"],
        label=label,
        street=street,
        house_number=house_number,
        box_number=box_number,
        postcode=postcode,
        municipality=municipality,
        lon=row["lon"],
        lat=row["lat"],
        score=score(points, match.query.street),
    )
