"""Reading all records of a source, whatever it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from spiegelstad.base.outgoing import Response
from spiegelstad.harvest.definition import HarvestDefinition
from spiegelstad.harvest.fetching import TooMuch, Visit
from spiegelstad.harvest.formats import ckan, ogc, opendatasoft, plain
from spiegelstad.harvest.formats.plain import UnreadableDocument
from spiegelstad.harvest.formats.reading import Habits
from spiegelstad.harvest.rules import Harvested
from spiegelstad.harvest.vocabulary import Kind

JSON = "application/json"
PAGE = 100
_OGC_DATA = "http://www.opengis.net/def/rel/ogc/1.0/data"
Pages = Iterator[tuple[list[Harvested], int | None]]


def read(definition: HarvestDefinition, visit: Visit) -> Pages:
    """Yield the records page by page, each time with how many there are in all (None: the source doesn't say).

    Raises what `Visit` raises, and UnreadableDocument; TooMuch for more records than the definition allows.
    """
    habits = Habits(
        definition.language,
        definition.licence or "",
        {name.strip().casefold(): uri for name, uri in definition.licences.items()},
    )
    count = 0
    for found, total in _READERS[definition.kind](definition, visit, habits):
        count += len(found)
        if count > definition.limits.records:
            raise TooMuch(f"There are more than {definition.limits.records} records.", remedy="Raise limits.records.")
        yield found, total


def _dcat(definition: HarvestDefinition, visit: Visit, habits: Habits) -> Pages:
    from spiegelstad.harvest.formats import dcat, rdf  # noqa: PLC0415  pyoxigraph is for workers, not for every start

    address = definition.address
    while address:
        answer = visit.get(address, rdf.ACCEPT)
        graph = rdf.read(answer.body, answer.headers.get("content-type", ""), answer.url, visit.context)
        yield dcat.records(graph, habits), None
        address = visit.following(answer, dcat.next_page(graph))


def _ckan(definition: HarvestDefinition, visit: Visit, habits: Habits) -> Pages:
    site, start, total = definition.address.rstrip("/"), 0, 1
    while start < total:
        query = urlencode({"rows": PAGE, "start": start, "sort": "id asc"})
        answer = visit.get(f"{site}/api/3/action/package_search?{query}", JSON)
        packages, total = ckan.page(plain.document(answer.body))
        yield [ckan.record(one, site, habits) for one in packages], total
        start = _after(start, len(packages), total)


def _opendatasoft(definition: HarvestDefinition, visit: Visit, habits: Habits) -> Pages:
    site, start, total = definition.address.rstrip("/"), 0, 1
    while start < total:
        query = urlencode({"limit": PAGE, "offset": start, "order_by": "dataset_id"})
        answer = visit.get(f"{site}{opendatasoft.API}?{query}", JSON)
        datasets, total = opendatasoft.page(plain.document(answer.body))
        yield [opendatasoft.record(one, site, habits) for one in datasets], total
        start = _after(start, len(datasets), total)


def _after(start: int, given: int, total: int) -> int:
    """Return where the next page begins. A page without anything before the end hides what follows: that isn't gone."""
    if not given and start < total:
        raise UnreadableDocument(
            f"It says that it has {total} records, and gives none after {start}.",
            remedy="The next run tries again; tell the publisher when it stays so.",
        )
    return start + given


def _ogc(definition: HarvestDefinition, visit: Visit, habits: Habits) -> Pages:
    """Start at a landing page, at `/collections`, or at a collection of records, and follow the links from there."""
    answer = visit.get(definition.address, JSON)
    there = plain.document(answer.body)
    if data := ogc.link(there, answer.url, "data", _OGC_DATA, media_type="json") or ogc.link(there, answer.url, "data"):
        answer = visit.get(visit.following(answer, data), JSON)
        there = plain.document(answer.body)
    if not isinstance(there, dict):
        raise UnreadableDocument("This is no OGC API.", remedy="Check the address.")
    if "features" in there:
        yield from _ogc_records(visit, habits, answer, there)
    elif "collections" in there:
        yield from _ogc_collections(visit, habits, answer, there)
    elif ogc.is_records(there):
        yield from _ogc_collections(visit, habits, answer, {"collections": [there]})
    else:
        raise UnreadableDocument("This is no landing page, list of collections or collection of records of an OGC API.")


def _ogc_collections(visit: Visit, habits: Habits, answer: Response, there: dict[str, Any]) -> Pages:
    while True:
        found = [one for one in plain.items(there.get("collections")) if isinstance(one, dict)]
        yield [ogc.collection(one, answer.url, habits) for one in found if not ogc.is_records(one)], None
        for one in filter(ogc.is_records, found):
            first = ogc.link(one, answer.url, "items", media_type="json") or ogc.link(one, answer.url, "items")
            if first:
                records = visit.get(visit.following(answer, first), JSON)
                yield from _ogc_records(visit, habits, records, plain.document(records.body))
        following = visit.following(answer, ogc.link(there, answer.url, "next"))
        if not following:
            return
        answer = visit.get(following, JSON)
        there = plain.document(answer.body)


def _ogc_records(visit: Visit, habits: Habits, answer: Response, there: Any) -> Pages:
    while isinstance(there, dict):
        found = [one for one in plain.items(there.get("features")) if isinstance(one, dict)]
        total = there.get("numberMatched")
        yield [ogc.record(one, answer.url, habits) for one in found], total if isinstance(total, int) else None
        following = visit.following(answer, ogc.link(there, answer.url, "next"))
        if not following:
            return
        answer = visit.get(following, JSON)
        there = plain.document(answer.body)


_READERS: dict[Kind, Callable[[HarvestDefinition, Visit, Habits], Pages]] = {
    Kind.DCAT: _dcat,
    Kind.CKAN: _ckan,
    Kind.OPENDATASOFT: _opendatasoft,
    Kind.OGC: _ogc,
}
