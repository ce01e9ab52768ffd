"""Which SELECT is allowed: decided on DuckDB's own syntax tree, by allow-lists. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from spiegelstad.catalogue.sandbox.functions import MOMENT_WORDS, MOMENTS, OPERATORS, SCALAR, TABLE

MAX_SQL_CHARACTERS = 100_000

_QUERIES = ["SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"]
_SOURCES = ["BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "PIVOT", "COLUMN_DATA"]
_MODIFIERS = ["ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"]
_ORDERS = ["ORDER_DEFAULT", "ASCENDING", "DESCENDING", "ORDER_ASCENDING", "ORDER_DESCENDING"]
_NODES = frozenset([*_QUERIES, *_SOURCES, *_MODIFIERS, *_ORDERS])  # not SHOW_REF, INSERT_QUERY_NODE, and what may come
_RESERVED = ("duckdb_", "pg_", "sqlite_", "pragma_", "information_schema")

Node = Mapping[str, Any]


class NotAllowedSql(Exception):
    """The query is not one that may run; the text says why, for the one who wrote it."""


def check(tree: Node, tables: Collection[str]) -> None:
    """Raise `NotAllowedSql` unless `tree` (json_serialize_sql) is one SELECT over `tables` with allowed functions."""
    if tree.get("error"):
        raise NotAllowedSql(_syntax_error(tree))
    statements = tree["statements"]
    if len(statements) != 1:
        raise NotAllowedSql(f"Write exactly one SELECT; this has {len(statements)} statements.")
    nodes = list(_walk(statements[0]))
    names = {name.casefold() for name in tables} | _named_in_query(nodes)
    for node in nodes:
        _check_node(node, names)


def _syntax_error(tree: Node) -> str:
    message = str(tree.get("error_message", "The query cannot be read."))
    if tree.get("error_type") == "not implemented":
        return "Only a SELECT may run here." if "SELECT" in message else message
    return f"The SQL is not correct: {message}."


def _walk(root: Any) -> Iterator[Node]:
    """Yield every object in the tree, without recursion: depth is the writer's choice."""
    todo = [root]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            yield item
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)


def _named_in_query(nodes: list[Node]) -> set[str]:
    """Names of WITH clauses. A reserved one could stand for a catalogue view outside its scope, so it is refused."""
    maps = [node["cte_map"] for node in nodes if isinstance(node.get("cte_map"), dict)]
    names = {str(entry["key"]).casefold() for cte_map in maps for entry in cte_map.get("map", ())}
    for name in names:
        if not name.isidentifier() or name.startswith(_RESERVED):
            raise NotAllowedSql(f"{name!r} is not allowed as a name in WITH.")
    return names


def _check_node(node: Node, names: Collection[str]) -> None:
    kind = node.get("type")
    if isinstance(kind, str) and "class" not in node and kind not in _NODES:
        raise NotAllowedSql(f"This form of query is not allowed ({kind.lower().replace('_', ' ')}).")
    if node.get("sample") is not None:
        raise NotAllowedSql("A sample differs every time, so it is not allowed.")
    if "table_name" in node:
        _check_table(node, names)
    if "function_name" in node:
        _check_function(node, SCALAR | OPERATORS)
    if kind == "TABLE_FUNCTION":
        _check_function(node["function"], TABLE)
    if kind == "COLUMN_REF" and ".".join(node["column_names"]).casefold() in MOMENT_WORDS:
        raise NotAllowedSql(_moment(node["column_names"][0]))


def _check_table(node: Node, names: Collection[str]) -> None:
    name = str(node["table_name"])
    if node.get("schema_name") or node.get("catalog_name") or node.get("at_clause") or name.casefold() not in names:
        raise NotAllowedSql(f"There is no table {name!r} here; there are: {', '.join(sorted(names)) or 'none'}.")


def _check_function(node: Node, allowed: Collection[str]) -> None:
    name = str(node["function_name"]).casefold()
    if name in MOMENTS:
        raise NotAllowedSql(_moment(name))
    if name not in allowed or node.get("schema") or node.get("catalog"):
        raise NotAllowedSql(f"The function {name!r} is not allowed here.")


def _moment(name: str) -> str:
    return f"{name!r} differs from moment to moment, so that the result could not be verified; pass it as a parameter."
