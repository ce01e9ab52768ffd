# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""Expressions as SQL. `rules/reference.py` says what they mean; tests hold the two together."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from spiegelstad.sensorthings.errors import InvalidAddress, InvalidOption
from spiegelstad.sensorthings.queries import geometry, operators
from spiegelstad.sensorthings.queries.scope import Scope, identity
from spiegelstad.sensorthings.queries.tables import TABLES, number_of_result
from spiegelstad.sensorthings.rules import reference
from spiegelstad.sensorthings.rules.addresses import read_id
from spiegelstad.sensorthings.rules.expressions import COMPARISONS, ID, Call, Field, Literal, Node, fields
from spiegelstad.sensorthings.rules.model import TYPES, EntityType, Kind
from spiegelstad.sensorthings.rules.times import Period

_MILLISECOND = timedelta(milliseconds=1)
_TYPES = {
    "number": "float8", "text": "text", "boolean": "boolean", "date": "date", "clock": "time",
    "duration": "interval", "json": "jsonb", "null": "boolean", "time": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sql:
    """A value in SQL; a time has an `end` too, which is the same text for a moment."""

    text: str
    end: str = ""

    @property
    def is_moment(self) -> bool:
        """Whether a time is known to be a moment."""
        return self.text == self.end


class Compiler:
    """Compiles the expressions of one set; gathers the joins that their paths need."""

    def __init__(self, scope: Scope, entity_type: EntityType, alias: str) -> None:
        self._scope = scope
        self._places: dict[tuple[str, ...], tuple[EntityType, str]] = {(): (entity_type, alias)}
        self.joins: list[str] = []

    def condition(self, node: Node) -> str:
        """Return a filter. One with a path to many is an EXISTS, and keeps its joins to itself."""
        outer = self.joins
        self.joins = []
        text = self.value(node).text
        joins, self.joins = self.joins, outer
        if not joins:
            return text
        return f"EXISTS (SELECT 1 FROM (SELECT 1) one {' '.join(joins)} WHERE {text})"

    def order(self, node: Node, descends: bool) -> str:
        """Return a part of ORDER BY; nothing comes before everything, as in OData."""
        direction = "DESC" if descends else "ASC"
        for item in fields(node):
            self._refuse_many(item)
        if isinstance(node, Field):
            entity_type, alias = self._place(node.hops)
            if node.property == ID:
                return ", ".join(f"{column} {direction}" for column in TABLES[entity_type.name].id(alias))
            if not node.hops and (entity_type.name, node.property) == ("Observation", "phenomenonTime"):
                return f"{alias}.observed_at {direction}"
            if not node.hops and node.type == "text" and entity_type.properties[node.property].required:
                return f"{self._ordered(node)} {direction}"
        return f"{self._ordered(node)} {direction} NULLS {'LAST' if descends else 'FIRST'}"

    def _ordered(self, node: Node) -> str:
        if isinstance(node, Field) and node.type == "json" and node.property == "result" and not node.steps:
            return number_of_result(self._place(node.hops)[1])
        text = self.value(node).text
        return f'({text}) COLLATE "C"' if node.type == "text" else f"({text})"

    def _refuse_many(self, node: Field) -> None:
        current = self._places[()][0]
        for hop in node.hops:
            relation = current.relations[hop]
            if relation.many:
                raise InvalidOption(f"$orderby cannot order by {'/'.join(node.hops)}, which are many.")
            current = TYPES[relation.target]

    def value(self, node: Node) -> Sql:
        """Return the value of an expression."""
        if isinstance(node, Literal):
            return self._literal(node)
        if isinstance(node, Field):
            return self._field(node)
        if node.type != "null" and not any(fields(node)):
            return self._literal(Literal(self._folded(node), node.type))
        if node.name == "as":
            return Sql(self._as(node))
        if geometry.is_geometric(node):
            return Sql(self._geometric(node))
        if node.name in COMPARISONS:
            return Sql(self._comparison(node))
        args = [self.value(arg) for arg in node.args]
        if node.name in {"time_add", "time_sub"}:
            sign = "+" if node.name == "time_add" else "-"
            start, end = (f"({side} {sign} {args[1].text})" for side in (args[0].text, args[0].end))
            return Sql(start, end)
        if node.name in {"eq_null", "ne_null"}:
            return Sql(f"({self._plain(node.args[0])} IS {'NOT ' if node.name == 'ne_null' else ''}NULL)")
        return Sql(operators.write(node.name, [arg.text for arg in args]))

    def _folded(self, node: Call) -> Any:
        try:
            return reference.value(node, {}, self._scope.now)
        except (OverflowError, ValueError) as error:
            raise InvalidOption("The expression leads to a value that cannot be.") from error

    def _literal(self, node: Literal) -> Sql:
        if isinstance(node.value, Period):
            start = self._scope.param(node.value.start, "timestamptz")
            moment = node.value.start == node.value.end
            return Sql(start, start if moment else self._scope.param(node.value.end, "timestamptz"))
        if node.type == "geometry":
            raise InvalidOption("A geometry stands only in st_* and geo.* functions.")
        text = self._scope.param(node.value, _TYPES[node.type])
        return Sql(text, text)

    def _place(self, hops: tuple[str, ...]) -> tuple[EntityType, str]:
        """Return the type and alias of a path, joined when it is met for the first time."""
        if hops not in self._places:
            before, alias = self._place(hops[:-1])
            target = TYPES[before.relations[hops[-1]].target]
            link, table, new = TABLES[before.name].links[hops[-1]], TABLES[target.name], self._scope.alias()
            on = f"{link.belongs(new, link.key(alias))} AND {table.policy(new)}"
            self.joins.append(f"LEFT JOIN {table.source(new)} ON {on}")
            self._places[hops] = (target, new)
        return self._places[hops]

    def _field(self, node: Field) -> Sql:
        entity_type, alias = self._place(node.hops)
        if node.property == ID:
            return Sql(_id_text(entity_type, alias))
        column = TABLES[entity_type.name].columns[node.property]
        start = column.start(alias)
        if node.type == "time":
            return Sql(start, column.end(alias) if column.end else start)
        if node.steps:
            steps = self._scope.param(list(node.steps), "text[]")
            return Sql(f"NULLIF({start} #> {steps}, 'null'::jsonb)")
        return Sql(f"NULLIF({start}, 'null'::jsonb)" if node.type == "json" else start)

    def _plain(self, node: Node) -> str:
        if isinstance(node, Field) and node.type == "geometry":
            return geometry.presence(*self._place(node.hops))
        return self.value(node).text

    def _as(self, node: Call) -> str:
        (arg,) = node.args
        if node.type == "number" and isinstance(arg, Field) and arg.property == "result" and not arg.steps:
            return f"({number_of_result(self._place(arg.hops)[1])})"
        text = self.value(arg).text
        read = {"number": f"({text})::text::float8", "text": f"{text} #>> '{{}}'", "boolean": f"({text})::boolean"}
        kind = "string" if node.type == "text" else node.type
        return f"CASE WHEN jsonb_typeof({text}) = '{kind}' THEN {read[node.type]} END"

    def _geometric(self, node: Call) -> str:
        subject = next(arg for arg in node.args if isinstance(arg, Field))
        entity_type, alias = self._place(subject.hops)
        if entity_type.properties[subject.property].kind is not Kind.GEOMETRY:
            raise InvalidOption(f"{node.name} takes a geometry.")
        return geometry.write(self._scope, node, entity_type, alias)

    def _comparison(self, node: Call) -> str:
        left, right = node.args
        if exact := self._observation_id(node):
            return exact
        a, b = self.value(left), self.value(right)
        if left.type == "time" and right.type == "time":
            text = _compare_times(node.name, a, b)
            bounds = self._bounds(node.name, left, right) or self._bounds(_TURNED[node.name], right, left)
            return f"({text}{bounds})"
        collate = ' COLLATE "C"' if left.type == "text" and node.name not in {"eq", "ne"} else ""
        return f"({a.text} {operators.COMPARING[node.name]} {b.text}{collate})"

    def _observation_id(self, node: Call) -> str:
        """Return `id eq '…'` on the columns of the id, which an index finds; nothing for other comparisons."""
        sides = node.args if isinstance(node.args[0], Field) else node.args[::-1]
        subject, given = sides
        if node.name != "eq" or not isinstance(subject, Field) or subject.property != ID or subject.type != "text":
            return ""
        if not isinstance(given, Literal) or not isinstance(given.value, str):
            return ""
        try:
            id_ = read_id(TYPES["Observation"], given.value)
        except InvalidAddress:
            return f"({self._place(subject.hops)[1]}.series_id IS NULL AND NULL)"
        return f"({identity(self._scope, TYPES['Observation'], self._place(subject.hops)[1], id_)})"

    def _bounds(self, name: str, subject: Node, given: Node) -> str:
        """Return what a comparison of phenomenonTime says of `observed_at` besides, so that an index is used."""
        if not isinstance(subject, Field) or subject.property != "phenomenonTime" or any(fields(given)):
            return ""
        entity_type, alias = self._place(subject.hops)
        value = given.value if isinstance(given, Literal) else self._folded(given) if isinstance(given, Call) else None
        if entity_type.name != "Observation" or not isinstance(value, Period) or name == "ne":
            return ""
        lowest = {"gt": value.end, "ge": value.start, "eq": value.start}.get(name)
        highest = {"lt": value.start, "le": value.end, "eq": value.start}.get(name)
        text = f" AND {alias}.observed_at >= {self._scope.param(lowest, 'timestamptz')}" if lowest else ""
        if highest:
            slack = self._scope.param(_MILLISECOND, "interval")
            text += f" AND {alias}.observed_at < {self._scope.param(highest, 'timestamptz')} + {slack}"
        return text


_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}


def _compare_times(name: str, a: Sql, b: Sql) -> str:
    same = f"({a.text} = {b.text} AND {a.end} = {b.end})"
    if name in {"eq", "ne"}:
        return same if name == "eq" else f"NOT {same}"
    before, after = f"{a.end} < {b.text}", f"{a.text} > {b.end}"
    if name in {"lt", "gt"}:
        return before if name == "lt" else after
    touching = before.replace(" < ", " <= ") if name == "le" else after.replace(" > ", " >= ")
    return touching if a.is_moment and b.is_moment else f"({touching} OR {same})"


def _id_text(entity_type: EntityType, alias: str) -> str:
    columns = TABLES[entity_type.name].id(alias)
    if len(columns) == 1:
        return f"{columns[0]}::float8"
    return f"({columns[0]} || '-' || (extract(epoch FROM {columns[1]}) * 1000000)::bigint)"
