"""Which series hold the numbers of which attributes of entities."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.rules.evolution import attribute_of
from spiegelstad.mirror.public import Series, series_of_entities


@dataclass(frozen=True, slots=True)
class SeriesOf:
    """A series (by its number) and the attribute whose numbers it holds; `dataset`: empty for the default instances."""

    series: int
    entity_id: str
    attribute: str
    dataset: str
    unit_code: str


def attribute_series(actor: Actor, entity_ids: Collection[str]) -> list[SeriesOf]:
    """Return the series of these entities that the actor may read.

    A series that a source defined shows the attribute that its property names: the default instances of it, or with a
    datasetId of its own where there are several.
    """
    readable = series_of_entities(actor, entity_ids)
    if not readable:
        return []
    params = {"tenant": actor.tenant_id, "series": [one.id for one in readable]}
    with sql.prepared() as cursor:
        cursor.execute(sql.load(Path(__file__).parent, "attribute_series_of"), params)
        known = {row[0]: SeriesOf(*row) for row in cursor}
    others = [one for one in readable if one.id not in known]
    taken = Counter((one.entity_id, one.attribute) for one in known.values())
    taken.update((one.entity_id, attribute_of(one.property)) for one in others)
    return [*known.values(), *(_of_source(one, taken) for one in others)]


def _of_source(one: Series, taken: Counter[tuple[str, str]]) -> SeriesOf:
    attribute = attribute_of(one.property)
    alone = taken[one.entity_id, attribute] == 1
    dataset = "" if alone else f"urn:spiegelstad:series:{quote(one.key, safe=':')}"
    return SeriesOf(one.id, one.entity_id, attribute, dataset, one.unit)
