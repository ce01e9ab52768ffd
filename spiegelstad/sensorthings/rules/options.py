"""Query options of a request and of each $expand in it (OGC 18-088, clause 9.3.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from spiegelstad.sensorthings.errors import InvalidOption, NotServed
from spiegelstad.sensorthings.rules.expressions import ID, Node
from spiegelstad.sensorthings.rules.model import EntityType, target_of
from spiegelstad.sensorthings.rules.parsing import parse_filter, parse_orderby

DEFAULT_TOP = 100
MAX_TOP = 10_000
MAX_SKIP = 10_000_000
MAX_EXPANDS = 40
MAX_LEVELS = 8
OF_SETS = frozenset({"$filter", "$orderby", "$top", "$skip", "$count", "$resultFormat"})
KNOWN = OF_SETS | {"$expand", "$select"}
NOT_SERVED = frozenset({
    "$apply", "$compute", "$deltatoken", "$format", "$id", "$index", "$levels", "$schemaversion", "$search",
    "$skiptoken",
})  # fmt: skip
SELF = "@iot.selfLink"


@dataclass(frozen=True)
class Options:
    """What is asked of a set or an entity. `select` is empty for everything; `expand` by name of relation."""

    filter: Node | None = None
    order: tuple[tuple[Node, bool], ...] = ()
    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    select: frozenset[str] = frozenset()
    expand: Mapping[str, "Options"] = field(default_factory=dict)
    data_array: bool = False
    raw: Mapping[str, str] = field(default_factory=dict, compare=False)  # as given, for the link to what comes next

    def shows(self, name: str) -> bool:
        """Whether a property, relation or `@iot.id` is shown."""
        return not self.select or name in self.select


def read_options(given: Mapping[str, Sequence[str]], entity_type: EntityType) -> Options:
    """Return the options of a request from its decoded parameters; raises InvalidOption."""
    single: dict[str, str] = {}
    for name, values in given.items():
        if not name.startswith("$"):
            continue
        if name in NOT_SERVED:
            raise NotServed(f"{name} of OData is not offered here.", remedy=f"There are {', '.join(sorted(KNOWN))}.")
        if name not in KNOWN:
            raise InvalidOption(f"There is no query option {name[:40]!r}.")
        if len(values) != 1:
            raise InvalidOption(f"{name} is given more than once.")
        single[name] = values[0]
    if not single:
        return _NOTHING
    return _options(single, entity_type, _Budget())


_NOTHING = Options()


class _Budget:
    """How many expands a request may still have."""

    def __init__(self) -> None:
        self.expands = MAX_EXPANDS

    def take(self, level: int) -> None:
        self.expands -= 1
        if self.expands < 0 or level > MAX_LEVELS:
            raise InvalidOption(f"$expand goes further than {MAX_EXPANDS} relations or {MAX_LEVELS} levels.")


def _options(given: Mapping[str, str], entity_type: EntityType, budget: _Budget, level: int = 0) -> Options:
    found = Options(
        filter=parse_filter(given["$filter"], entity_type) if "$filter" in given else None,
        order=tuple(parse_orderby(given["$orderby"], entity_type)) if "$orderby" in given else (),
        top=min(_whole(given, "$top", DEFAULT_TOP), MAX_TOP),
        skip=_whole(given, "$skip", 0),
        count=_flag(given, "$count"),
        select=_select(given["$select"], entity_type) if "$select" in given else frozenset(),
        data_array=_is_data_array(given, entity_type),
        raw=given,
    )
    if found.skip > MAX_SKIP:
        raise InvalidOption(f"$skip goes to {MAX_SKIP:,}.", remedy="Filter on time instead.")
    if "$expand" not in given:
        return found
    if found.data_array and given["$expand"].strip():
        raise InvalidOption("A dataArray holds no expanded entities.")
    return replace(found, expand=_expand(given["$expand"], entity_type, budget, level))


def _whole(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default)).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise InvalidOption(f"{name} is a whole number from 0, not {text[:40]!r}.")
    return int(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").strip().lower()
    if text not in {"true", "false"}:
        raise InvalidOption(f"{name} is true or false, not {text[:40]!r}.")
    return text == "true"


def _is_data_array(given: Mapping[str, str], entity_type: EntityType) -> bool:
    text = given.get("$resultFormat", "")
    if text and (text != "dataArray" or entity_type.name != "Observation"):
        raise InvalidOption(f"$resultFormat {text[:40]!r} is not known here.", remedy="Observations know dataArray.")
    return bool(text)


def _select(text: str, entity_type: EntityType) -> frozenset[str]:
    chosen = {{"id": ID, "selfLink": SELF}.get(part.strip(), part.strip()) for part in text.split(",")}
    known = {ID, SELF, *entity_type.properties, *entity_type.relations}
    if wrong := sorted(chosen - known):
        raise InvalidOption(f"A {entity_type.name} has no {wrong[0][:40]!r}.", remedy=f"$select knows {sorted(known)}.")
    return frozenset(chosen)


def _expand(text: str, entity_type: EntityType, budget: _Budget, level: int) -> dict[str, Options]:
    found: dict[str, Options] = {}
    for item in split(text, ","):
        path, inner = _inner(item.strip())
        name, *further = path.split("/")
        relation = entity_type.relations.get(name)
        if relation is None:
            raise InvalidOption(f"A {entity_type.name} has no relation {name[:40]!r} to expand.")
        budget.take(level)
        if further:
            inner = {"$expand": item.strip()[len(name) + 1 :]}
        options = _options(inner, target_of(relation), budget, level + 1)
        found[name] = _merged(found[name], options) if name in found else options
    return found


def _merged(first: Options, second: Options) -> Options:
    """Join `Datastreams/Sensor` and `Datastreams/Thing`: the options of the one that has any, the expands of both."""
    bare = [one for one in (second, first) if replace(one, expand={}) == _NOTHING]
    if not bare:
        raise InvalidOption("$expand names a relation twice, with other options each time.")
    base = first if bare[0] is second else second
    expand = dict(first.expand)
    for name, options in second.expand.items():
        expand[name] = _merged(expand[name], options) if name in expand else options
    expands = [one.raw["$expand"] for one in (first, second) if "$expand" in one.raw]
    raw = {**base.raw, "$expand": ",".join(expands)} if expands else base.raw
    return replace(base, expand=expand, raw=raw)


def _inner(item: str) -> tuple[str, dict[str, str]]:
    match = re.fullmatch(r"([A-Za-z/]+)(?:\((.*)\))?", item, re.DOTALL)
    if match is None:
        raise InvalidOption(f"$expand cannot be read at {item[:40]!r}.")
    found: dict[str, str] = {}
    for option in split(match.group(2), ";") if match.group(2) else ():
        name, _, value = option.strip().partition("=")
        if name not in KNOWN - {"$resultFormat"} or name in found:
            raise InvalidOption(f"$expand cannot take {name[:40]!r} here.")
        found[name] = value
    return match.group(1), found


def split(text: str, mark: str) -> list[str]:
    """Split at a mark that is not inside parentheses or quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if character == mark and depth == 0:
                parts.append(text[start:place])
                start = place + 1
    return [*parts, text[start:]]
