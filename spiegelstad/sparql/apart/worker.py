"""The process that runs SPARQL: `python -m spiegelstad.sparql.apart.worker`, spoken to over its stdin and stdout.

Walls: the store is opened to be read, a query can only read; while it runs the process may open no file and no
socket, so that SERVICE reaches nothing; its memory is limited; and it is killed when late. It imports no Django.
"""

import os
import resource
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from spiegelstad.base import apart_protocol as protocol

_RDF = {
    "turtle": RdfFormat.TURTLE,
    "json-ld": RdfFormat.JSON_LD,
    "rdf-xml": RdfFormat.RDF_XML,
    "n-triples": RdfFormat.N_TRIPLES,
}
_RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}


class _TooLarge(Exception):
    """The result passes its limit."""


class _Limited(BytesIO):
    """Where results are written to, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any) -> int:
        """Keep a piece."""
        if self.tell() + len(data) > self._most:
            raise _TooLarge
        return super().write(data)


class _Opened:
    """The store that this process has open."""

    def __init__(self) -> None:
        self._path, self._store = "", Store()

    def at(self, path: str) -> Store:
        """Return the store at a path, opened when it is another than before."""
        if path != self._path:
            self._store = Store.read_only(path)
            self._path = path
        return self._store


def _query(store: Store, asked: dict[str, Any]) -> tuple[str, bytes]:
    """Run a query; return the kind of result and its bytes."""
    graphs: list[NamedNode | BlankNode | DefaultGraph] = [NamedNode(iri) for iri in asked["default_graphs"]]
    named: list[NamedNode | BlankNode] = [NamedNode(iri) for iri in asked["named_graphs"]]
    result = store.query(
        asked["query"],
        prefixes=asked["prefixes"],
        use_default_graph_as_union=not graphs,
        default_graph=graphs or None,
        named_graphs=named or None,
    )
    sink = _Limited(asked["max_bytes"])
    if isinstance(result, QueryTriples):
        result.serialize(sink, _RDF[asked["rdf"]])
        return "triples", sink.getvalue()
    kind = _RESULTS[asked["results"]]
    if isinstance(result, QueryBoolean) and kind in {QueryResultsFormat.CSV, QueryResultsFormat.TSV}:
        kind = QueryResultsFormat.JSON  # a yes or no has no rows
    assert isinstance(result, QuerySolutions | QueryBoolean)
    result.serialize(sink, kind)
    return "boolean" if isinstance(result, QueryBoolean) else "solutions", sink.getvalue()


def _answer(opened: _Opened, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    _limit_files(None)
    try:
        store = opened.at(asked["store"])
    except OSError:
        return {"ok": False, "error": "store", "message": ""}, b""
    _limit_memory(asked["memory_mb"])
    _limit_files(0)
    try:
        kind, body = _query(store, asked)
    except _TooLarge:
        return {"ok": False, "error": "large", "message": ""}, b""
    except MemoryError:
        return {"ok": False, "error": "memory", "message": ""}, b""
    except OSError:
        return {"ok": False, "error": "service", "message": ""}, b""
    except (SyntaxError, ValueError) as error:
        return {"ok": False, "error": "bad", "message": str(error)[:1000]}, b""
    return {"ok": True, "kind": kind}, body


def _limit_files(most: int | None) -> None:
    """Let the process open no more than so many files and sockets; None takes the limit away."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if most is None else most, hard))


def _limit_memory(extra_mb: int) -> None:
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + extra_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main() -> None:
    """Answer queries one after another until the parent closes our stdin."""
    messages, sink = protocol.to_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    opened = _Opened()
    while True:
        message = messages.get()
        if message["do"] == "query":
            protocol.write(sink, *_answer(opened, message))


if __name__ == "__main__":
    main()
