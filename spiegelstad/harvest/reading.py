"""Reading all records of a source, whatever it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from spiegelstad.harvest.definition import HarvestDefinition
from spiegelstad.harvest.fetching import TooMuch, Visit
from spiegelstad.harvest.formats.reading import Habits
from spiegelstad.harvest.rules import Harvested
from spiegelstad.harvest.vocabulary import Kind

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


_READERS: dict[Kind, Callable[[HarvestDefinition, Visit, Habits], Pages]] = {
    Kind.DCAT: _dcat,
}
