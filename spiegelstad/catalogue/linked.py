"""Datasets as RDF for the rooms above: the same graph that `/catalog` and each dataset's address tell."""

from collections.abc import Iterator, Sequence

from pyoxigraph import Quad

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import models
from spiegelstad.catalogue.describing import describe, describe_catalog
from spiegelstad.catalogue.formats.dcat import to_graph
from spiegelstad.catalogue.queries import readable
from spiegelstad.catalogue.records import dataset_record

_AT_ONCE = 500


def dataset_quads(actor: Actor, slugs: Sequence[str], host: str) -> Iterator[tuple[str, list[Quad]]]:
    """Yield (slug, its description in the default graph) for those of these datasets that the actor may read.

    `host`: the address of the city, with a slash at the end. A few queries for each 500 datasets.
    """
    catalog = describe_catalog(actor.tenant_id, host)
    for start in range(0, len(slugs), _AT_ONCE):
        some = slugs[start : start + _AT_ONCE]
        rows = models.Dataset.objects.filter(readable(actor), slug__in=some).select_related("current").order_by("slug")
        for told in describe(actor, [dataset_record(row) for row in rows], host):
            yield told.slug, list(to_graph(catalog, told).quads())


def states(actor: Actor) -> dict[str, str]:
    """Return for each dataset that the actor may read what changes when its description does, in one query."""
    rows = models.Dataset.objects.filter(readable(actor)).values_list("slug", "changed_at", "status")
    return {slug: f"{changed_at.isoformat()} {status}" for slug, changed_at, status in rows}


def are_all_readable(actor: Actor, slugs: Sequence[str]) -> bool:
    """Whether the actor may read every one of these datasets."""
    return models.Dataset.objects.filter(readable(actor), slug__in=slugs).count() == len(slugs)
