"""What is said of an entity that was made or changed, and on which topics: the paths of the standard.

Who listens at the broker is not known to us, so it is told what anybody may read, and no more.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.conf import settings

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base.clock import now
from spiegelstad.mirror.public import Piece
from spiegelstad.sensorthings.formats.rendering import Document
from spiegelstad.sensorthings.http_requests import PREFIX
from spiegelstad.sensorthings.models import Change
from spiegelstad.sensorthings.queries.reading import Reader
from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.rules.addresses import Id, path_of, read_id
from spiegelstad.sensorthings.rules.model import TYPES, EntityType, target_of
from spiegelstad.sensorthings.rules.times import microseconds

VERSION = "v1.1"
Message = tuple[str, bytes]
Told = tuple[Id, Document, dict[str, Any]]  # an entity with the keys of those it belongs to
_IN_NEWS = {"result", "phenomenonTime"}  # what changes of them, the news of the mirror tell


def root_of_city(tenant_id: str) -> str:
    """Return the address of the service of a city, for links in messages."""
    scheme = "https" if settings.HTTPS else "http"
    return f"{scheme}://{tenant(tenant_id).host or 'localhost'}{PREFIX}"


class Teller:
    """Makes the messages of a city; topics begin with `prefix`, which ends with a slash or is empty."""

    def __init__(self, tenant_id: str, prefix: str) -> None:
        self._reader = Reader(Scope(Actor.anonymous(tenant_id), now()), root_of_city(tenant_id))
        self._topics = f"{prefix}{VERSION}"

    def of_news(self, pieces: Sequence[Piece]) -> Iterator[Message]:
        """Give a message for each observation and topic; several news of one observation are one."""
        observation = TYPES["Observation"]
        ids: set[Id] = set()
        for piece in pieces:
            ids |= {(series, microseconds(at)) for series, at in zip(piece.series, piece.moments, strict=True)}
        for told in self._reader.owned(observation, sorted(ids)) if ids else []:
            yield from self._to_sets(observation, told)

    def of_changes(self, changes: Sequence[Change]) -> Iterator[Message]:
        """Give the messages of entities that were made or changed: to their sets, their own topic, and properties."""
        for change in changes:
            type_ = TYPES[change.type]
            for told in self._reader.owned(type_, [read_id(type_, change.entity)]):
                if not (type_.name == "Observation" and _IN_NEWS & set(change.names)):
                    yield from self._to_sets(type_, told)
                yield from self._to_itself(type_, told, change.names)

    def _to_sets(self, entity_type: EntityType, told: Told) -> Iterator[Message]:
        """Give the messages to `Observations`, and to `Datastreams(1)/Observations` and the like."""
        _, document, owners = told
        payload = orjson.dumps(document)
        yield f"{self._topics}/{entity_type.set}", payload
        for name, key in owners.items():
            relation = entity_type.relations[name]
            if key is not None:
                yield f"{self._topics}/{path_of(target_of(relation), key)}/{relation.back}", payload

    def _to_itself(self, entity_type: EntityType, told: Told, names: Sequence[str]) -> Iterator[Message]:
        """Give the messages to `Things(1)` and to `Things(1)/description`."""
        id_, document, _ = told
        here = f"{self._topics}/{path_of(entity_type, id_)}"
        yield here, orjson.dumps(document)
        for name in names:
            yield f"{here}/{name}", orjson.dumps({name: document.get(name)})
