"""Reading what one city defines, every problem at once: `city.yaml`, `processing.yaml` and a file per source."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spiegelstad.base.errors import InvalidInput
from spiegelstad.base.yaml_documents import Document, Problem, read_document, validate
from spiegelstad.governance.public import CityProcessing, Processing, processing_register
from spiegelstad.ingest.definition.city import CityDefinition
from spiegelstad.ingest.definition.consistency import near, problems_of, unknown_activity
from spiegelstad.ingest.definition.kinds import with_kind
from spiegelstad.ingest.definition.source import SourceDefinition

MAX_FILES = 2_000
PROCESSING = "processing.yaml"
"""The city's own part of the processing register; a city that does no more than the program has none."""


class InvalidDefinitions(InvalidInput):
    """Some definitions are wrong; `problems` holds all that was found."""

    title = "The definitions are not valid"

    def __init__(self, problems: list[Problem]) -> None:
        lines = "\n".join(str(problem) for problem in problems)
        super().__init__(
            f"{len(problems)} problem(s) in the definitions:\n{lines}", remedy="Correct the files and run it again."
        )
        self.problems = problems


@dataclass(frozen=True)
class SourceFile:
    """A valid source; `hash` is the version of the definition: SHA-256 of its canonical form."""

    path: Path
    definition: SourceDefinition
    hash: str


@dataclass(frozen=True)
class Definitions:
    """A city and its sources, in the order in which they run."""

    folder: Path
    city: CityDefinition
    sources: tuple[SourceFile, ...]
    activities: dict[str, Processing]


def read_definitions(folder: Path) -> Definitions:
    """Read a city's folder; InvalidDefinitions holds every problem when there is one."""
    read = _read(folder)
    if read.problems or read.city is None:
        raise InvalidDefinitions(read.problems)
    first = {slug: number for number, slug in enumerate(read.city.order)}
    ordered = sorted(read.sources, key=lambda file: (first.get(file.definition.source, len(first)), file.path.name))
    return Definitions(folder, read.city, tuple(ordered), read.activities)


def read_city(folder: Path) -> CityDefinition:
    """Read `city.yaml` alone; InvalidDefinitions holds every problem when there is one."""
    city = validate(read_document(folder / "city.yaml"), CityDefinition)
    if isinstance(city, tuple):
        raise InvalidDefinitions(list(city))
    return city


def check(folder: Path) -> list[Problem]:
    """Give every problem in a city's folder, or in each city's folder below it, without running anything."""
    folders = (
        [folder] if (folder / "city.yaml").exists() else sorted(path.parent for path in folder.glob("*/city.yaml"))
    )
    if not folders:
        return [Problem(str(folder), 1, "", "there is no city.yaml here", "Make sources/<city>/city.yaml.")]
    return [problem for one in folders for problem in _read(one).problems]


def canonical(definition: SourceDefinition) -> str:
    """Write a definition as JSON that is the same for every way to write the same YAML; keys keep their order."""
    return definition.model_dump_json(by_alias=True, exclude_defaults=True)


class _Read(NamedTuple):
    """What could be read of a folder, and everything that is wrong there."""

    city: CityDefinition | None
    sources: list[SourceFile]
    activities: dict[str, Processing]
    problems: list[Problem]


def _read(folder: Path) -> _Read:
    city_document = read_document(folder / "city.yaml")
    city = validate(city_document, CityDefinition)
    problems = list(city) if isinstance(city, tuple) else []
    known_city = None if isinstance(city, tuple) else city
    activities, keys, wrong = _read_activities(folder / PROCESSING)
    problems.extend(wrong)
    paths = sorted(path for path in folder.glob("*.y*ml") if path.name not in {"city.yaml", PROCESSING})
    if len(paths) > MAX_FILES:
        return _Read(None, [], {}, [Problem(str(folder), 1, "", f"more than {MAX_FILES} files", "Split the city.")])
    sources: list[SourceFile] = []
    for path in paths:
        read = _read_source(path, known_city, keys)
        if isinstance(read, SourceFile):
            sources.append(read)
        else:
            problems.extend(read)
    if known_city is not None:
        problems.extend(_devices(city_document, known_city, keys))
    problems.extend(_between(city_document, known_city, sources, complete=not problems))
    return _Read(known_city, sources, activities, problems)


def _read_activities(path: Path) -> tuple[dict[str, Processing], set[str], list[Problem]]:
    """Return the city's own activities, all keys that can be named (also of what is wrong itself), and the problems."""
    known = processing_register()
    if not path.exists():
        return {}, set(known), []
    document = read_document(path)
    told = document.data.get("activities")
    keys = set(known) | (set(told) if isinstance(told, dict) else set())
    found = validate(document, CityProcessing)
    if isinstance(found, tuple):
        return {}, keys, list(found)
    taken = found.activities.keys() & known.keys()
    return (
        found.activities,
        keys,
        [
            document.problem(("activities", key), f"`{key}` is an activity of the program", "Choose another key.")
            for key in sorted(taken)
        ],
    )


def _devices(document: Document, city: CityDefinition, activities: Collection[str]) -> Iterator[Problem]:
    for number, group in enumerate(city.devices):
        yield from unknown_activity(document, ("devices", number, "purpose"), group.purpose, activities)


def _read_source(path: Path, city: CityDefinition | None, activities: Collection[str]) -> SourceFile | list[Problem]:
    document = with_kind(read_document(path))
    found = validate(document, SourceDefinition)
    if isinstance(found, tuple):
        return list(found)
    if problems := problems_of(document, found, city, activities):
        return sorted(problems)
    return SourceFile(path, found, hashlib.sha256(canonical(found).encode()).hexdigest())


def _between(
    city_document: Document, city: CityDefinition | None, sources: list[SourceFile], *, complete: bool
) -> list[Problem]:
    """Give the problems between files: slugs used twice, an order that names what isn't there."""
    problems = []
    seen: dict[str, Path] = {}
    for file in sources:
        slug = file.definition.source
        if slug in seen:
            problems.append(
                Problem(str(file.path), 1, "source", f"`{slug}` is also in {seen[slug].name}", "Give one another slug.")
            )
        seen.setdefault(slug, file.path)
    if city is not None and complete:
        for number, slug in enumerate(city.order):
            if slug not in seen:
                problems.append(city_document.problem(("order", number), f"no source `{slug}`", near(slug, seen)))
    return problems
