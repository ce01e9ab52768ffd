"""The picture of where a dataset comes from and where it goes: sources, versions, figures, uses."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.records import Dataset, Version
from spiegelstad.catalogue.uses import Use
from spiegelstad.look.public import Cell, Link, Table, table

WIDTH, BOX_W, BOX_H, STEP = 900, 250, 52, 66
_COLUMNS_X = (0, 325, 650)
_LETTERS = 30
_MOST = 8


@dataclass(frozen=True, slots=True)
class Node:
    """A box: what kind of thing it is, its name cut to fit, where it leads; `is_here` for the dataset itself."""

    kind: str
    name: str
    url: str
    x: int = 0
    y: int = 0
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """All boxes with the lines between them (paths), how high it is, and its table."""

    nodes: tuple[Node, ...]
    lines: tuple[str, ...]
    height: int
    table: Table
    left_out: int


def picture(
    dataset: Dataset,
    version: Version | None,
    inputs: Sequence[Version],
    derived: Sequence[Version],
    used: Sequence[Use],
) -> Picture:
    """Return the picture of a dataset, through the version that is shown."""
    before = [Node(_("Made from"), in_language(one.title), f"/data/{one.slug}/versions/{one.number}") for one in inputs]
    if not inputs:
        before = [Node(_("Source"), words.source_words(dataset), dataset.source.url)]
    what = _("Version {number}").format(number=version.number) if version else _("Dataset")
    here = [Node(what, in_language(dataset.title), "", is_here=True)]
    made = {one.slug: one for one in derived}.values()
    after = [Node(_("Dataset"), in_language(one.title), f"/data/{one.slug}") for one in made]
    after += [Node(use.kind, in_language(use.name), use.url) for use in used]
    columns = [_placed(nodes[:_MOST], x) for nodes, x in zip((before, here, after), _COLUMNS_X, strict=True)]
    height = max(len(nodes) for nodes in columns) * STEP - (STEP - BOX_H)
    columns = [_centred(nodes, height) for nodes in columns]
    middle = columns[1][0]
    lines = [_line(node, middle) for node in columns[0]] + [_line(middle, node) for node in columns[2]]
    rows: list[tuple[Cell, ...]] = [
        (where, node.kind, Link(node.name, node.url) if node.url else node.name)
        for where, nodes in ((_("comes from"), before), (_("is used in"), after))
        for node in nodes
    ]
    shown = table(_("Where this data comes from and where it goes"), [_("How"), _("Kind"), _("Name")], rows)
    nodes = tuple(node for column in columns for node in column)
    return Picture(nodes, tuple(lines), height, shown, len(before) + len(after) + 1 - len(nodes))


def _placed(nodes: Sequence[Node], x: int) -> list[Node]:
    return [Node(node.kind, _cut(node.name), node.url, x, at * STEP, node.is_here) for at, node in enumerate(nodes)]


def _centred(nodes: Sequence[Node], height: int) -> list[Node]:
    down = (height - (len(nodes) * STEP - (STEP - BOX_H))) // 2
    return [Node(node.kind, node.name, node.url, node.x, node.y + down, node.is_here) for node in nodes]


def _line(from_: Node, to: Node) -> str:
    x1, y1, x2, y2 = from_.x + BOX_W, from_.y + BOX_H // 2, to.x, to.y + BOX_H // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2 - 7} {y2}"


def _cut(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1].rstrip()}…"
