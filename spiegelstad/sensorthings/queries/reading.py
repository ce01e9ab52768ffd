# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""Reading sets and entities with what is expanded: one statement for the set and one for each $expand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from spiegelstad.sensorthings.errors import AsksTooMuch, NoSuchEntity
from spiegelstad.sensorthings.formats.rendering import Document, document, id_from, written
from spiegelstad.sensorthings.queries import newest
from spiegelstad.sensorthings.queries.compiling import Compiler
from spiegelstad.sensorthings.queries.scope import Scope, among, identity
from spiegelstad.sensorthings.queries.tables import TABLES
from spiegelstad.sensorthings.rules.addresses import Address, Id, Step, path_of
from spiegelstad.sensorthings.rules.model import EntityType, target_of
from spiegelstad.sensorthings.rules.options import Options

MAX_ENTITIES = 60_000  # of one answer, expanded ones included


@dataclass
class Answer:
    """A page of a set: documents with their ids, whether there is more, and the count when it was asked."""

    items: list[tuple[Id, Document]] = field(default_factory=list)
    more: bool = False
    count: int | None = None


class _Statement:
    """A SELECT of one set: its columns, and what narrows and orders it."""

    def __init__(self, scope: Scope, entity_type: EntityType, options: Options, beside: tuple[str, ...] = ()) -> None:
        self.type, self.options, self.alias = entity_type, options, scope.alias()
        self._keyed = (*options.expand, *beside)
        self._table = TABLES[entity_type.name]
        self._compiler = Compiler(scope, entity_type, self.alias)
        self.conditions = [self._table.policy(self.alias)]
        if options.filter is not None:
            self.conditions.append(self._compiler.condition(options.filter))
        self._shown = [item for item in entity_type.properties.values() if options.shows(item.name)]

    def columns(self) -> str:
        """Return the columns: the id, the keys of what is expanded or asked beside, the properties."""
        found = list(self._table.id(self.alias))
        found += [self._table.links[name].key(self.alias) for name in self._keyed]
        for item in self._shown:
            column = self._table.columns[item.name]
            found.append(column.start(self.alias))
            if column.end:
                found.append(column.end(self.alias))
        return ", ".join(f"{text} AS c{number}" for number, text in enumerate(found))

    def body(self) -> str:
        """Return FROM and WHERE."""
        joins = " ".join(self._compiler.joins)
        return f"FROM {self._table.source(self.alias)} {joins} WHERE {' AND '.join(self.conditions)}"

    def page(self) -> str:
        """Return the whole, ordered (by id at last, so that pages never overlap) and cut."""
        orders = [self._compiler.order(node, descends) for node, descends in self.options.order]
        direction = "DESC" if self.options.order and self.options.order[-1][1] else "ASC"
        orders += [f"{column} {direction}" for column in self._ending()]
        limit = f"LIMIT {self.options.top + 1} OFFSET {self.options.skip}"
        return f"SELECT {self.columns()} {self.body()} ORDER BY {', '.join(orders)} {limit}"

    def _ending(self) -> tuple[str, ...]:
        """Return the columns of the id as they are in the table, so that an index gives the order."""
        if self.type.name == "Observation":
            return (f"{self.alias}.series_id", f"{self.alias}.observed_at")
        return self._table.id(self.alias)

    def read(self, root: str, row: Sequence[Any]) -> tuple[Id, Document, dict[str, Any]]:
        """Return the id, the document and the key of each relation that is expanded or asked beside."""
        width = len(self._table.id(self.alias))
        id_ = id_from(row[:width])
        keys = dict(zip(self._keyed, row[width:], strict=False))
        rest = iter(row[width + len(keys) :])
        values: dict[str, Any] = {}
        for item in self._shown:
            pair = (next(rest), next(rest)) if self._table.columns[item.name].end else (next(rest),)
            value = written(item, *pair)
            if value is not None or item.required or item.name in self.options.select or item.name == "resultTime":
                values[item.name] = value
        return id_, document(root, self.type, id_, values, self.options), keys


class Reader:
    """Reads for one request; `root` is the address of the service."""

    def __init__(self, scope: Scope, root: str) -> None:
        self._scope = scope
        self._root = root
        self._left = MAX_ENTITIES

    def page(self, address: Address, options: Options) -> Answer:
        """Return a page of the set that an address means; raises NoSuchEntity when what it hangs on is not there."""
        statement = _Statement(self._scope, address.type, options)
        statement.conditions += self._where(address.steps, statement.alias)
        counting = f"SELECT count(*) {statement.body()}"
        if newest.is_asked(address, options):
            statement.conditions.append(newest.condition(self._scope, statement.alias, options))
        rows = self._scope.rows(statement.page())
        answer = self._answer(statement, rows)
        if options.count:
            answer.count = self._scope.rows(counting)[0][0]
        if not rows and len(address.steps) > 1:
            self._require(address.steps[:-1])
        return answer

    def count(self, address: Address, options: Options) -> int:
        """Return how many there are."""
        statement = _Statement(self._scope, address.type, options)
        statement.conditions += self._where(address.steps, statement.alias)
        found: int = self._scope.rows(f"SELECT count(*) {statement.body()}")[0][0]
        return found

    def one(self, address: Address, options: Options) -> tuple[Id, Document]:
        """Return the one entity that an address means; raises NoSuchEntity."""
        statement = _Statement(self._scope, address.type, options)
        statement.conditions += self._where(address.steps, statement.alias)
        answer = self._answer(statement, self._scope.rows(statement.page()))
        if not answer.items:
            raise NoSuchEntity(f"There is no such {address.type.name}.")
        return answer.items[0]

    def owned(self, entity_type: EntityType, ids: Sequence[Id]) -> list[tuple[Id, Document, dict[str, Any]]]:
        """Return those of these entities that may be seen, with the keys of those they belong to, in order of id.

        An observation is meant by its series and the moment at which it stands, which is not always that of its name.
        """
        ones = tuple(name for name, relation in entity_type.relations.items() if not relation.many)
        statement = _Statement(self._scope, entity_type, Options(top=len(ids)), ones)
        statement.conditions.append(among(self._scope, entity_type, statement.alias, ids))
        return [statement.read(self._root, row) for row in self._scope.rows(statement.page())]

    def _answer(self, statement: _Statement, rows: list[tuple[Any, ...]]) -> Answer:
        top = statement.options.top
        found = [statement.read(self._root, row) for row in rows[:top]]
        self._spend(len(found))
        self._expand(statement, found)
        return Answer([(id_, shown) for id_, shown, _ in found], len(rows) > top)

    def _spend(self, entities: int) -> None:
        self._left -= entities
        if self._left < 0:
            raise AsksTooMuch(
                f"The answer would hold more than {MAX_ENTITIES:,} entities.", remedy="Use a smaller $top."
            )

    def _where(self, steps: Sequence[Step], alias: str) -> list[str]:
        """Return what makes it the last step of this path."""
        step = steps[-1]
        found = [] if step.id is None else [identity(self._scope, step.type, alias, step.id)]
        if len(steps) > 1:
            before, parent = steps[-2], self._scope.alias()
            table = TABLES[before.type.name]
            conditions = [table.policy(parent), *self._where(steps[:-1], parent)]
            link = table.links[step.relation]
            key = f"(SELECT {link.key(parent)} FROM {table.source(parent)} WHERE {' AND '.join(conditions)})"
            found.append(link.belongs(alias, key))
        return found

    def _require(self, steps: Sequence[Step]) -> None:
        self.one(Address(tuple(steps)), Options(top=1, select=frozenset({"@iot.id"})))

    def _expand(self, statement: _Statement, found: list[tuple[Id, Document, dict[str, Any]]]) -> None:
        for name, options in statement.options.expand.items():
            if found:
                self._expand_one(statement.type, name, options, found)

    def _expand_one(
        self, owner: EntityType, name: str, options: Options, found: list[tuple[Id, Document, dict[str, Any]]]
    ) -> None:
        relation = owner.relations[name]
        child = _Statement(self._scope, target_of(relation), options)
        child.conditions.append(TABLES[owner.name].links[name].belongs(child.alias, "p.k"))
        keys = self._scope.param(sorted({keys[name] for _, _, keys in found if keys[name] is not None}), "bigint[]")
        rows = self._scope.rows(
            f"SELECT p.k, c.* FROM unnest({keys}) p(k) CROSS JOIN LATERAL ({child.page()}) c LIMIT {self._left + 1}"
        )
        self._spend(len(rows))
        groups: dict[int, list[tuple[Id, Document, dict[str, Any]]]] = {}
        for row in rows:
            groups.setdefault(row[0], []).append(child.read(self._root, row[1:]))
        self._expand(child, [item for group in groups.values() for item in group[: options.top]])
        counts = self._counts(child, keys) if options.count and relation.many else {}
        for id_, shown, of in found:
            group = groups.get(of[name], [])
            if not relation.many:
                shown[name] = group[0][1] if group else None
                continue
            shown[name] = [item for _, item, _ in group[: options.top]]
            if options.count:
                shown[f"{name}@iot.count"] = counts.get(of[name], 0)
            if len(group) > options.top > 0:
                shown[f"{name}@iot.nextLink"] = self._next(f"{path_of(owner, id_)}/{name}", options)

    def _counts(self, child: _Statement, keys: str) -> dict[int, int]:
        statement = f"SELECT p.k, (SELECT count(*) {child.body()}) FROM unnest({keys}) p(k)"
        return dict(self._scope.rows(statement))

    def _next(self, path: str, options: Options) -> str:
        return next_link(f"{self._root}/{path}", options)


def next_link(address: str, options: Options) -> str:
    """Return the address of the next page."""
    given = {**options.raw, "$top": str(options.top), "$skip": str(options.skip + options.top)}
    query = urlencode(given, safe="$(),/;=':")
    return f"{address}?{query}"
