"""What an address under the service root means (OGC 18-088, clause 9.2)."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from spiegelstad.sensorthings.errors import InvalidAddress
from spiegelstad.sensorthings.rules.model import SETS, EntityType, target_of

_PART = re.compile(r"(?P<name>[A-Za-z]+)(?:\((?P<id>'(?:[^']|'')*'|[^()']*)\))?")
_OBSERVATION = re.compile(r"(\d{1,18})-(-?\d{1,17})")
_YEAR_1 = -62_135_596_800_000_000  # in microseconds since 1970: no clock goes back further
MAX_PARTS = 12
Id = int | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A set or relation of the path with the id given, if any. `relation` is empty for the first."""

    relation: str
    type: EntityType
    id: Id | None
    many: bool


@dataclass(frozen=True, slots=True)
class Address:
    """A path: its steps, the property asked of the last and the steps into it, and `$value`, `$ref` or `$count`."""

    steps: tuple[Step, ...]
    asked: str = ""
    inside: tuple[str, ...] = ()
    ending: str = ""

    @property
    def type(self) -> EntityType:
        """The type of what is asked."""
        return self.steps[-1].type

    @property
    def is_set(self) -> bool:
        """Whether many are asked, not one."""
        return self.steps[-1].many and self.steps[-1].id is None


def read_id(entity_type: EntityType, text: str) -> Id:
    """Return an id as given, quoted or not; raises InvalidAddress. An observation's is (series, microseconds)."""
    plain = text[1:-1].replace("''", "'") if text.startswith("'") and text.endswith("'") and len(text) > 1 else text
    if entity_type.name == "Observation":
        if (match := _OBSERVATION.fullmatch(plain)) and int(match.group(2)) >= _YEAR_1:
            return int(match.group(1)), int(match.group(2))
    elif plain.isascii() and plain.isdigit() and len(plain) <= 18:
        return int(plain)
    raise InvalidAddress(f"There is no {entity_type.name} with the id {plain[:40]!r}.")


def write_id(id_: Id) -> int | str:
    """Return an id as it stands in documents."""
    return id_ if isinstance(id_, int) else f"{id_[0]}-{id_[1]}"


def path_of(entity_type: EntityType, id_: Id) -> str:
    """Return `Things(1)`, or `Observations('1-2')` with its quotes as they are in an address."""
    return f"{entity_type.set}({id_})" if isinstance(id_, int) else f"{entity_type.set}('{quote(str(write_id(id_)))}')"


def read_address(path: str) -> Address:
    """Return what a path (without the service root) means; raises InvalidAddress."""
    parts = path.strip("/").split("/")
    if len(parts) > MAX_PARTS:
        raise InvalidAddress("The address has too many parts.")
    steps = [_first(parts[0])]
    ending = parts.pop() if len(parts) > 1 and parts[-1] in {"$value", "$ref", "$count"} else ""
    rest = parts[1:]
    while rest:
        step = _next(steps[-1], rest[0])
        if step is None:
            break
        steps.append(step)
        rest = rest[1:]
    return _checked(Address(tuple(steps), rest[0] if rest else "", tuple(rest[1:]), ending))


def _split(part: str) -> tuple[str, str | None]:
    match = _PART.fullmatch(part)
    return (match["name"], match["id"]) if match else (part, None)


def _first(part: str) -> Step:
    name, id_ = _split(part)
    if name not in SETS:
        raise InvalidAddress(f"There is no set {name[:40]!r}.", remedy=f"There are {', '.join(SETS)}.")
    return Step("", SETS[name], None if id_ is None else read_id(SETS[name], id_), True)


def _next(before: Step, part: str) -> Step | None:
    name, id_ = _split(part)
    relation = before.type.relations.get(name)
    if relation is None:
        return None
    if before.many and before.id is None:
        raise InvalidAddress(
            f"{name!r} is asked of a whole set.", remedy=f"Ask it of one: {before.type.set}(1)/{name}."
        )
    if id_ is not None and not relation.many:
        raise InvalidAddress(f"{name!r} is one entity and takes no id.")
    target = target_of(relation)
    return Step(name, target, None if id_ is None else read_id(target, id_), relation.many)


def _checked(address: Address) -> Address:
    if address.asked:
        if address.is_set or address.asked not in {*address.type.properties, "id", "@iot.id"}:
            raise InvalidAddress(f"{address.type.name} has no {address.asked[:40]!r}.")
        if address.ending in {"$ref", "$count"}:
            raise InvalidAddress(f"A property has no {address.ending}.")
    elif address.ending == "$value" or (address.ending == "$count" and not address.is_set):
        raise InvalidAddress(f"{address.ending} is not asked of this.")
    return address
