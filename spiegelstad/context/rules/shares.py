"""What of an entity comes from where: the shares of proxied sources, and what is left for others (4.3.6.3). Pure."""

from collections.abc import Sequence
from dataclasses import replace

from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Part


def share_of(document: Document, parts: Sequence[Part]) -> Document | None:
    """Return what of an entity falls under these parts of a registration; None: nothing."""
    allowed = [part for part in parts if part.allows(document)]
    if not allowed:
        return None
    if any(not part.registered for part in allowed):
        return document
    registered = frozenset[str]().union(*(part.registered for part in allowed))
    return _with(document, document.attributes.keys() & registered)


def rest_of(document: Document, parts: Sequence[Part]) -> Document | None:
    """Return an entity without what falls under these parts; None when that is the whole entity."""
    share = share_of(document, parts)
    if share is None:
        return document
    return None if share is document else _with(document, document.attributes.keys() - share.attributes.keys())


def _with(document: Document, attributes: set[str]) -> Document:
    kept = {iri: several for iri, several in document.attributes.items() if iri in attributes}
    return replace(document, attributes=kept)
