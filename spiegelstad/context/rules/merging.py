"""What writes do to a document. Pure: each returns a new one and never changes what it was given.

`now` is a stored time. Fragments come from `formats/reading.py`. An instance that stays keeps its createdAt; one that
is replaced or merged, even by the same value, was modified.
"""

from typing import Any, NamedTuple

from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import NULL, Attributes, Document, Instance, is_null
from spiegelstad.context.rules.instances import completed, merged, patched, stamped

__all__ = [
    "Change",
    "NotUpdated",
    "Outcome",
    "alive",
    "append",
    "create",
    "delete_attribute",
    "delete_scope",
    "merge",
    "partial_update",
    "replace",
    "replace_attribute",
    "update",
]


class NotUpdated(NamedTuple):
    """An attribute (IRI) that was left as it was, and why (clause 5.2.19)."""

    attribute: str
    reason: str


class Outcome(NamedTuple):
    """The document after a write, what changed, and what did not though it was asked."""

    document: Document
    changes: list[Change]
    not_updated: list[NotUpdated]

    @property
    def updated(self) -> list[str]:
        """The attributes (IRIs) that changed, each once."""
        return list(dict.fromkeys(change.attribute for change in self.changes))


def create(fragment: Document, now: str) -> Outcome:
    """Return a new entity: the document read, with its times (clause 5.6.1)."""
    attributes = {
        iri: {dataset: stamped(one, now, None) for dataset, one in instances.items()}
        for iri, instances in fragment.attributes.items()
    }
    changes = [
        Change(iri, dataset, "attributeCreated") for iri, instances in attributes.items() for dataset in instances
    ]
    document = Document(fragment.id, fragment.types, fragment.scopes, attributes, now, now, fragment.expires_at)
    return Outcome(document, changes, [])


def replace(document: Document, fragment: Document, now: str) -> Outcome:
    """Replace all content; only the createdAt of what stays remains (clause 5.6.18)."""
    work = _Work(document, now)
    for iri, instances in fragment.attributes.items():
        for dataset, one in instances.items():
            work.put(iri, dataset, one)
    for iri, instances in document.attributes.items():
        for dataset in instances:
            if dataset not in fragment.attributes.get(iri, {}):
                work.drop(iri, dataset)
    types = fragment.types or document.types
    return work.outcome(types, fragment.scopes, fragment.expires_at)


def append(document: Document, fragment: Document, now: str, *, overwrite: bool = True) -> Outcome:
    """Add attributes, replacing those that exist unless `overwrite` is False (clause 5.6.3)."""
    work = _Work(document, now)
    for iri, instances in fragment.attributes.items():
        for dataset, one in instances.items():
            if not overwrite and work.has(iri, dataset):
                work.leave(iri, "It exists already and is not overwritten.")
            else:
                work.put(iri, dataset, one)
    return work.outcome(
        _joined(document.types, fragment.types),
        _scopes_appended(document.scopes, fragment.scopes, overwrite=overwrite),
        _chosen(document.expires_at, fragment.expires_at if overwrite or not document.expires_at else None),
    )


def update(document: Document, fragment: Document, now: str) -> Outcome:
    """Replace attributes, add those that are missing, delete those that are null (clauses 5.6.2 and 5.5.8)."""
    work = _Work(document, now)
    for iri, instances in fragment.attributes.items():
        for dataset, one in instances.items():
            if not is_null(one):
                work.put(iri, dataset, one)
            elif work.has(iri, dataset):
                work.drop(iri, dataset)
            else:
                work.leave(iri, "It does not exist, so it cannot be deleted.")
    scopes = fragment.scopes if document.scopes and fragment.scopes else document.scopes
    return work.outcome(
        _joined(document.types, fragment.types),
        _without_null(scopes),
        _chosen(document.expires_at, fragment.expires_at),
    )


def merge(document: Document, fragment: Document, now: str, *, observed_at: str = "", language: str = "") -> Outcome:
    """Merge attributes to any depth as RFC 7396 has it (clauses 5.6.17 and 5.5.12).

    `observed_at` (stored time): for attributes that had one and are not given another; `language`: of texts given for
    a LanguageProperty as plain values.
    """
    work = _Work(document, now)
    for iri, instances in fragment.attributes.items():
        for dataset, one in instances.items():
            if not work.has(iri, dataset):
                if not is_null(one):
                    work.put(iri, dataset, completed(one, iri))
            elif is_null(one):
                work.drop(iri, dataset)
            else:
                before = document.attributes[iri][dataset]
                work.set(iri, dataset, merged(before, one, iri, now, observed_at=observed_at, language=language))
    return work.outcome(
        _joined(document.types, fragment.types),
        _without_null(fragment.scopes or document.scopes),
        _chosen(document.expires_at, fragment.expires_at),
    )


def partial_update(document: Document, iri: str, instances: dict[str, Instance], now: str) -> Outcome:
    """Replace the members given of instances that exist (clause 5.6.4). The type of an attribute cannot change.

    ResourceNotFound when an instance does not exist; BadRequestData when it would be deleted or get another type.
    """
    work = _Work(document, now)
    for dataset, one in instances.items():
        before = _existing(document, iri, dataset)
        if is_null(one):
            raise BadRequestData("A partial update cannot delete an attribute.", remedy="Delete it, or merge null.")
        work.set(iri, dataset, patched(before, one, iri, now))
    return work.outcome(document.types, document.scopes, document.expires_at)


def replace_attribute(document: Document, iri: str, instances: dict[str, Instance], now: str) -> Outcome:
    """Replace instances that exist by new content (clause 5.6.19); ResourceNotFound when one does not exist."""
    work = _Work(document, now)
    for dataset, one in instances.items():
        _existing(document, iri, dataset)
        work.put(iri, dataset, one)
    return work.outcome(document.types, document.scopes, document.expires_at)


def delete_attribute(document: Document, iri: str, now: str, *, dataset: str = "", delete_all: bool = False) -> Outcome:
    """Delete one instance of an attribute or all (clause 5.6.5); ResourceNotFound when it does not exist."""
    work = _Work(document, now)
    if delete_all:
        if iri not in document.attributes:
            raise _not_found(document, iri, "")
        for each in document.attributes[iri]:
            work.drop(iri, each)
    else:
        _existing(document, iri, dataset)
        work.drop(iri, dataset)
    return work.outcome(document.types, document.scopes, document.expires_at)


def delete_scope(document: Document, now: str) -> Outcome:
    """Delete the scopes of an entity (clause 5.6.5); ResourceNotFound when it has none."""
    if not document.scopes:
        raise ResourceNotFound(f"The entity {document.id} has no scope.")
    return _Work(document, now).outcome(document.types, [], document.expires_at)


def alive(document: Document, now: str) -> Document:
    """Return the document without instances that expired by `now`; the same one when there are none (clause 4.22)."""
    gone = [
        (iri, dataset)
        for iri, instances in document.attributes.items()
        for dataset, one in instances.items()
        if one.get("expiresAt", "~") <= now
    ]
    if not gone:
        return document
    work = _Work(document, now)
    for iri, dataset in gone:
        work.drop(iri, dataset)
    return Document(
        document.id,
        document.types,
        document.scopes,
        work.attributes,
        document.created_at,
        document.modified_at,
        document.expires_at,
    )


class _Work:
    """A document that is being changed: the attributes are copied as far as they change."""

    def __init__(self, document: Document, now: str) -> None:
        self.document = document
        self.now = now
        self.attributes: Attributes = dict(document.attributes)
        self.changes: list[Change] = []
        self.not_updated: dict[str, NotUpdated] = {}
        self._copied: set[str] = set()

    def has(self, iri: str, dataset: str) -> bool:
        return dataset in self.document.attributes.get(iri, ())

    def put(self, iri: str, dataset: str, instance: Instance) -> None:
        """Add an instance, or replace the one that is there."""
        self.set(iri, dataset, stamped(instance, self.now, self.document.attributes.get(iri, {}).get(dataset)))

    def set(self, iri: str, dataset: str, instance: Instance) -> None:
        """Keep an instance that has its times."""
        previous = self.document.attributes.get(iri, {}).get(dataset)
        self._own(iri)[dataset] = instance
        self.changes.append(
            Change(iri, dataset, "attributeCreated" if previous is None else "attributeUpdated", previous)
        )

    def drop(self, iri: str, dataset: str) -> None:
        instances = self._own(iri)
        self.changes.append(Change(iri, dataset, "attributeDeleted", instances.pop(dataset)))
        if not instances:
            del self.attributes[iri]
            self._copied.discard(iri)

    def leave(self, iri: str, reason: str) -> None:
        self.not_updated[iri] = NotUpdated(iri, reason)

    def _own(self, iri: str) -> dict[str, Instance]:
        if iri not in self._copied:
            self.attributes[iri] = dict(self.attributes.get(iri, {}))
            self._copied.add(iri)
        return self.attributes[iri]

    def outcome(self, types: list[str], scopes: list[str], expires_at: str | None) -> Outcome:
        before = self.document
        touched = self.changes or (types, scopes, expires_at) != (before.types, before.scopes, before.expires_at)
        modified_at = self.now if touched else before.modified_at
        document = Document(before.id, types, scopes, self.attributes, before.created_at, modified_at, expires_at)
        return Outcome(document, self.changes, list(self.not_updated.values()))


def _existing(document: Document, iri: str, dataset: str) -> Instance:
    instance = document.attributes.get(iri, {}).get(dataset)
    if instance is None:
        raise _not_found(document, iri, dataset)
    return instance


def _not_found(document: Document, iri: str, dataset: str) -> ResourceNotFound:
    where = f" with datasetId {dataset}" if dataset else ""
    return ResourceNotFound(f"The entity {document.id} has no attribute {iri}{where}.")


def _joined(present: list[str], more: list[str]) -> list[str]:
    added = [one for one in more if one not in present]
    return present + added if added else present


def _scopes_appended(present: list[str], given: list[str], *, overwrite: bool) -> list[str]:
    if not given:
        return present
    return given if overwrite else _joined(present, given)


def _without_null(scopes: list[str]) -> list[str]:
    return [] if scopes == [NULL] else scopes


def _chosen(present: str | None, given: str | None) -> Any:
    """Return the time an entity expires: the one given, none when that is null, else the present one."""
    if given is None:
        return present
    return None if given == NULL else given
