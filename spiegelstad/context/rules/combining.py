"""One entity out of several versions of it, as brokers that share it hold it (clauses 4.3.6.2 and 4.5.5). Pure."""

from collections.abc import Sequence

from spiegelstad.context.rules.documents import Document, Instance

_FOR_EVER = "~"  # after every time, as a text


def combine(versions: Sequence[Document], now: str, auxiliary: Sequence[Document] = ()) -> Document | None:
    """Return the entity that these versions are of; None when all have expired by `now` (a stored time).

    Of an instance that several hold, the one observed last stays, else the one modified last. `auxiliary` versions only
    add attributes that no other has. Versions must have the same id, and nothing in them is changed.
    """
    present = [_with_expiry_below(one) for one in versions if _lives(one.expires_at, now)]
    spare = [_with_expiry_below(one) for one in auxiliary if _lives(one.expires_at, now)]
    if not present:
        present, spare = spare, []
    if not present:
        return None
    combined = Document(
        present[0].id,
        list(dict.fromkeys(iri for one in present for iri in one.types)),
        list(dict.fromkeys(scope for one in present for scope in one.scopes)),
        created_at=min((one.created_at for one in present if one.created_at), default=""),
        modified_at=max(one.modified_at for one in present),
        expires_at=_expiry([one.expires_at for one in present]),
    )
    for one in present:
        _take(combined, one, now)
    known = frozenset(combined.attributes)
    for one in spare:
        _take(combined, one, now, leaving=known)
    return combined


def _lives(expires_at: str | None, now: str) -> bool:
    return (expires_at or _FOR_EVER) > now


def _expiry(given: Sequence[str | None]) -> str | None:
    """Return the last time at which one expires; None when one never does (clause 4.5.5.3)."""
    times = [one for one in given if one is not None]
    return max(times) if len(times) == len(given) else None


def _with_expiry_below(document: Document) -> Document:
    """Return a document whose instances expire no later than itself (clause 4.5.5.2)."""
    limit = document.expires_at
    if limit is None:
        return document
    attributes = {
        iri: {
            dataset: one if one.get("expiresAt", _FOR_EVER) <= limit else {**one, "expiresAt": limit}
            for dataset, one in several.items()
        }
        for iri, several in document.attributes.items()
    }
    return Document(
        document.id,
        document.types,
        document.scopes,
        attributes,
        document.created_at,
        document.modified_at,
        limit,
    )


def _take(combined: Document, version: Document, now: str, leaving: frozenset[str] = frozenset()) -> None:
    for iri, several in version.attributes.items():
        if iri in leaving:
            continue
        for dataset, one in several.items():
            if not _lives(one.get("expiresAt"), now):
                continue
            instances = combined.attributes.setdefault(iri, {})
            if dataset not in instances or _is_newer(one, instances[dataset]):
                instances[dataset] = one


def _is_newer(one: Instance, other: Instance) -> bool:
    """Say whether an instance goes before another of the same dataset (clause 4.5.5.3).

    Observed times decide, and one that was observed goes before one that was not; else the times of modification.
    """
    return _age(one) > _age(other)


def _age(instance: Instance) -> tuple[str, str]:
    return instance.get("observedAt", ""), instance.get("modifiedAt", "")
