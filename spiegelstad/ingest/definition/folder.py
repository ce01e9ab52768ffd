"""Reading the definitions of one city: `city.yaml` and one file per source, with every problem at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from spiegelstad.base.errors import InvalidInput
from spiegelstad.base.yaml_documents import Document, Problem, read_document, validate
from spiegelstad.ingest.definition.city import CityDefinition
from spiegelstad.ingest.definition.consistency import near, problems_of
from spiegelstad.ingest.definition.kinds import with_kind
from spiegelstad.ingest.definition.source import SourceDefinition

MAX_FILES = 2_000


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


def read_definitions(folder: Path) -> Definitions:
    """Read a city's folder; InvalidDefinitions holds every problem when there is one."""
    city, sources, problems = _read(folder)
    if problems or city is None:
        raise InvalidDefinitions(problems)
    first = {slug: number for number, slug in enumerate(city.order)}
    ordered = sorted(sources, key=lambda file: (first.get(file.definition.source, len(first)), file.path.name))
    return Definitions(folder, city, tuple(ordered))


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
    return [problem for one in folders for problem in _read(one)[2]]


def canonical(definition: SourceDefinition) -> str:
    """Write a definition as JSON that is the same for every way to write the same YAML; keys keep their order."""
    return definition.model_dump_json(by_alias=True, exclude_defaults=True)


def _read(folder: Path) -> tuple[CityDefinition | None, list[SourceFile], list[Problem]]:
    city_document = read_document(folder / "city.yaml")
    city = validate(city_document, CityDefinition)
    problems = list(city) if isinstance(city, tuple) else []
    known_city = None if isinstance(city, tuple) else city
    paths = sorted(path for path in folder.glob("*.y*ml") if path.name != "city.yaml")
    if len(paths) > MAX_FILES:
        return None, [], [Problem(str(folder), 1, "", f"more than {MAX_FILES} files", "Split the city.")]
    sources: list[SourceFile] = []
    for path in paths:
        read = _read_source(path, known_city)
        if isinstance(read, SourceFile):
            sources.append(read)
        else:
            problems.extend(read)
    problems.extend(_between(city_document, known_city, sources, complete=not problems))
    return known_city, sources, problems


def _read_source(path: Path, city: CityDefinition | None) -> SourceFile | list[Problem]:
    document = with_kind(read_document(path))
    found = validate(document, SourceDefinition)
    if isinstance(found, tuple):
        return list(found)
    if problems := problems_of(document, found, city):
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
