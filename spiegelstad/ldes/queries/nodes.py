"""The nodes of both views of a stream, as triples. What is not there any more leads on, or is gone."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotFound
from spiegelstad.ldes.formats import nodes
from spiegelstad.ldes.formats.nodes import Node, Relation, View
from spiegelstad.ldes.queries.members import members_text
from spiegelstad.ldes.queries.streams import Stream
from spiegelstad.ldes.rules.paging import is_closed, settled_month
from spiegelstad.ldes.rules.tiles import NOWHERE, WORLD, ZOOMS, is_place, parent_of

_HERE = Path(__file__).parent


class NoSuchNode(NotFound):
    """There is no such node in this stream."""

    title = "No such part of the stream"


@dataclass(frozen=True, slots=True)
class Found:
    """A node to be told: `tag` differs whenever its triples do. `moved_to`: the IRI that leads on instead.

    `members`: gives the triples that follow on `text`, as they are stored; only asked when they are told.
    """

    text: str = ""
    members: Callable[[], bytes] = bytes
    tag: str = ""
    is_immutable: bool = False
    is_gone: bool = False
    moved_to: str = ""


def by_time(stream: Stream) -> Found:
    """Return the root of the view by time."""
    begins = _rows("branches", stream)
    ends: list[datetime | None] = [at for _, at in begins[1:]]
    root = f"{stream.iri}/time"
    relations = [
        Relation(f"{root}/{branch}", at_least=at, before=end)
        for (branch, at), end in zip(begins, [*ends, None], strict=False)
    ]
    return _root(stream, root, relations, is_by_time=True)


def by_place(stream: Stream) -> Found:
    """Return the root of the view by place, which is the tile of the whole world; NoSuchNode without any place."""
    tiles = [tile for (tile,) in _rows("tiles", stream)]
    if not set(tiles) - {NOWHERE}:
        raise NoSuchNode("Nothing in this stream has a place.")
    root = f"{stream.iri}/place"
    relations = [*_children(root, tiles, WORLD), *_pages(stream, WORLD, root, closed=False)]
    relations += [Relation(f"{root}/{NOWHERE}")] * (NOWHERE in tiles)
    return _root(stream, root, relations, is_by_time=False)


def _root(stream: Stream, root: str, relations: list[Relation], *, is_by_time: bool) -> Found:
    given = [
        nodes.entry(stream.iri, root),
        nodes.title(stream.iri, stream.title, stream.description),
        nodes.node(Node(root, stream.iri, relations)),
        nodes.view(View(root, stream.iri, is_by_time, stream.days)),
    ]
    return Found("".join(given), tag=_tag(stream, root, stream.days))


def branch(stream: Stream, branch: str) -> Found:
    """Return a branch of either view: the pages that it has, and the smaller tiles in it."""
    view = f"{stream.iri}/{'place' if is_place(branch) else 'time'}"
    here = f"{view}/{branch}"
    closed = is_closed(branch, _newest(stream), now())  # before its pages are read: what comes after is not promised
    relations = _pages(stream, branch, here, closed=closed)
    if is_place(branch) and branch != NOWHERE:
        relations = [*_children(view, [tile for (tile,) in _rows("tiles", stream)], branch), *relations]
    if not relations:
        return _absent(stream, here, branch.rpartition("-")[2])
    text = nodes.node(Node(here, stream.iri, relations, closed))
    return Found(text, tag=_tag(stream, here), is_immutable=closed)


def page(stream: Stream, branch: str, number: int) -> Found:
    """Return a page of members; where a branch was paged again, the branch leads to them."""
    above = f"{stream.iri}/{'place' if is_place(branch) else 'time'}/{branch}"
    here = f"{above}/{number}"
    found = _rows("page", stream, branch=branch, number=number)
    closed = bool(found) and not found[0][3] and is_closed(branch, _newest(stream), now())
    if closed:
        found = _rows("page", stream, branch=branch, number=number)  # again: it may have grown before it was closed
    if not found:
        if number <= stream.last_page and _rows("pages", stream, branch=branch):
            return Found(moved_to=above)
        return _absent(stream, here, str(number))
    ((first, last, members, is_full, told),) = found
    is_immutable = is_full or closed

    def stored() -> bytes:
        return zlib.decompress(told) if told else members_text(stream.tenant_id, stream.id, branch, first, last)

    text = nodes.node(Node(here, stream.iri, [], is_immutable))
    return Found(text, stored, f"{stream.id}/{here}/{members}/{is_immutable}", is_immutable)


def _absent(stream: Stream, here: str, number: str) -> Found:
    """Say that a node is gone when its number was once given, for a node without members; else NoSuchNode."""
    if number.isascii() and number.isdigit() and 0 < int(number) <= stream.last_page:
        return Found(nodes.node(Node(here, stream.iri)), tag=_tag(stream, here), is_gone=True)
    raise NoSuchNode("There is no such part of this stream.")


def _pages(stream: Stream, branch: str, above: str, *, closed: bool) -> list[Relation]:
    above = f"{above}/{WORLD}" if branch == WORLD else above
    return [
        Relation(f"{above}/{number}", at_least=first_at, at_most=last_at if is_full or closed else None)
        for number, first_at, last_at, is_full in _rows("pages", stream, branch=branch)
    ]


def _children(root: str, tiles: list[str], tile: str) -> list[Relation]:
    """Return the links to the tiles of the next size in a tile in which there is something."""
    below = {found for one in tiles for found in _line(one) if found != tile and parent_of(found) == tile}
    return [Relation(f"{root}/{one}", tile=one) for one in sorted(below - {WORLD})]


def _line(tile: str) -> list[str]:
    """Return a tile and all that it lies in."""
    if tile == NOWHERE:
        return []
    found = [tile]
    while found[-1] != WORLD and len(found) < len(ZOOMS):
        found.append(parent_of(found[-1]))
    return found


def _newest(stream: Stream) -> str:
    found = _rows("newest_branch", stream)
    return str(found[0][0]) if found else ""


def _tag(stream: Stream, here: str, *more: Any) -> str:
    """Return what a node that grows is told apart by; what closes with the month changes without a revision."""
    return f"{stream.id}/{here}/{stream.revision}/{settled_month(now())}/{more}"


def _rows(name: str, stream: Stream, **more: Any) -> list[tuple[Any, ...]]:
    return sql.rows(sql.load(_HERE, name), {"tenant": stream.tenant_id, "stream": stream.id, **more})
