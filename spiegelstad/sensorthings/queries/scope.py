# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""One read: who reads, at which moment, and the parameters of its statements."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DataError, OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.governance.public import Classification, readable
from spiegelstad.sensorthings.errors import AsksTooMuch, InvalidOption
from spiegelstad.sensorthings.queries.tables import TABLES
from spiegelstad.sensorthings.rules.addresses import Id
from spiegelstad.sensorthings.rules.model import EntityType

SECONDS = 20
MAX_GEOMETRIES = 200_000  # that one read may look at
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Scope:
    """Collects named parameters, so that fragments can be put together in any order."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self.actor = actor
        self.now = now
        self._geometries = MAX_GEOMETRIES
        self.params: dict[str, Any] = {
            "tenant": actor.tenant_id,
            "open": [item.value for item in Classification if readable(actor, item, "")],
            "departments": [one for one in actor.departments if readable(actor, Classification.CONFIDENTIAL, one)],
        }
        self._aliases = 0

    def alias(self) -> str:
        """Return an alias that nobody has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def param(self, value: Any, kind: str = "") -> str:
        """Return the placeholder of a new parameter, cast to a type."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}" if kind else f"%({name})s"

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement with the parameters it uses."""
        return sql.rows(statement, self.params)

    def geometries(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement that gives geometries, each of which is looked at outside the database."""
        found = self.rows(f"{statement} LIMIT {self._geometries + 1}")
        self._geometries -= len(found)
        if self._geometries < 0:
            raise AsksTooMuch(
                f"More than {MAX_GEOMETRIES:,} geometries would have to be looked at.",
                remedy="Use fewer st_ functions.",
            )
        return found


def identity(scope: Scope, entity_type: EntityType, alias: str, id_: Id) -> str:
    """Return the condition that this is the entity with this id, in a form that an index finds."""
    columns = TABLES[entity_type.name].id(alias)
    if isinstance(id_, int):
        return f"{columns[0]} = {scope.param(id_, 'bigint')}"
    series = scope.param(id_[0], "bigint")
    moment = f"('epoch'::timestamptz + {scope.param(id_[1], 'bigint')} * interval '1 microsecond')"
    moved = (
        "(SELECT n.observed_at FROM sensorthings_observationdetail n"
        f" WHERE n.tenant_id = %(tenant)s AND n.series_id = {series} AND n.named_at = {moment})"
    )
    return f"{columns[0]} = {series} AND {alias}.observed_at = COALESCE({moved}, {moment}) AND {columns[1]} = {moment}"


def among(scope: Scope, entity_type: EntityType, alias: str, ids: Sequence[Id]) -> str:
    """Return the condition that these are entities with these ids; observations by the moments at which they stand."""
    (column, *_) = TABLES[entity_type.name].id(alias)
    if entity_type.name != "Observation":
        return f"{column} = ANY({scope.param(list(ids), 'bigint[]')})"
    pairs = [id_ for id_ in ids if isinstance(id_, tuple)]
    series = scope.param([one for one, _ in pairs], "bigint[]")
    moments = [_EPOCH + at * _MICROSECOND for _, at in pairs]
    first, last = scope.param(min(moments), "timestamptz"), scope.param(max(moments), "timestamptz")
    return (
        f"({column}, {alias}.observed_at) IN (SELECT * FROM unnest({series}, {scope.param(moments, 'timestamptz[]')}))"
        f" AND {alias}.observed_at BETWEEN {first} AND {last}"
    )


@contextmanager
def guarded(seconds: int = SECONDS) -> Iterator[None]:
    """Stop a query that takes too long, and say so; a number outside what a database can hold is the asker's."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {seconds * 1000}")
            yield
    except DataError as error:
        raise InvalidOption("The expression leads to a value that cannot be.") from error
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise AsksTooMuch(
                f"The query took longer than {seconds} seconds.", remedy="Narrow it by time or by datastream."
            ) from error
        raise
