"""What a stream is, and all of them together, as linked data (LDES, DCAT)."""

from collections.abc import Sequence

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ldes.formats import nodes, shapes
from spiegelstad.ldes.formats.rows import dataset_iri
from spiegelstad.ldes.formats.terms import iri, line, typed
from spiegelstad.ldes.queries.nodes import Found
from spiegelstad.ldes.queries.streams import Stream
from spiegelstad.ldes.vocabulary import BASE, DCAT, Kind


def description(stream: Stream) -> Found:
    """Return a stream with its shape, the words its members use, and its view by time."""
    columns: Sequence[catalogue.Column] = ()
    if stream.kind == Kind.DATASET and stream.is_keyed:
        columns = catalogue.dataset(Actor.anonymous(stream.tenant_id), stream.name).columns
    about = dataset_iri(stream.name) if stream.kind == Kind.DATASET else stream.type_iri
    parts = [
        nodes.paths(stream.iri),
        nodes.title(stream.iri, stream.title, stream.description, about),
        nodes.entry(stream.iri, f"{stream.iri}/time"),
        shapes.shape(f"{stream.iri}#shape", stream.name, columns),
        shapes.vocabulary(stream.name, columns) if columns else "",
    ]
    return Found("".join(parts), tag=f"{stream.id}/{stream.revision}/{sorted(c.name for c in columns)}")


def all_streams(streams: Sequence[Stream], placed: frozenset[str]) -> Found:
    """Return the catalogue of streams with their views; `placed`: the ids of those with a view by place."""
    catalog = iri(f"{BASE}streams")
    parts = [typed(catalog, f"{DCAT}Catalog")]
    for one in streams:
        parts += [line(catalog, f"{DCAT}dataset", iri(one.iri)), nodes.paths(one.iri)]
        parts.append(nodes.title(one.iri, one.title, one.description))
        views = [(f"{one.iri}/time", True)] + [(f"{one.iri}/place", False)] * (str(one.id) in placed)
        for root, is_by_time in views:
            parts.append(line(catalog, f"{DCAT}service", iri(f"{root}#view")))
            parts.append(nodes.view(nodes.View(root, one.iri, is_by_time, one.days)))
    tag = [(str(one.id), one.revision) for one in streams]
    return Found("".join(parts), tag=f"streams/{tag}")
