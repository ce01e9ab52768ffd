"""The YAML of a harvest source: `sources/<city>/harvest/<name>.yaml`, its keys, and reading a folder of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from spiegelstad.base.errors import InvalidInput
from spiegelstad.base.yaml_documents import Document, Problem, read_document, validate
from spiegelstad.catalogue.public import Theme
from spiegelstad.harvest.rules import Scope
from spiegelstad.harvest.vocabulary import AfterMissing, Kind
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.public import Cron, Part, Slug, Texts, address, wrong

FOLDER = "harvest"
MAX_FILES = 500
_Address = Annotated[str, AfterValidator(address)]
_Word = Annotated[str, Field(min_length=1, max_length=500)]


def _schedule(text: str) -> str:
    try:
        Cron.parse(text)
    except ValueError as error:
        raise wrong(f"`{text}` isn't a schedule: {error}", 'Write five fields such as "0 4 * * *".') from None
    return text


class InvalidDefinitions(InvalidInput):
    """Some definitions are wrong; `problems` holds all that was found."""

    title = "The definitions are not valid"

    def __init__(self, problems: list[Problem]) -> None:
        lines = "\n".join(str(problem) for problem in problems)
        super().__init__(f"{len(problems)} problem(s):\n{lines}", remedy="Correct the files and run it again.")
        self.problems = problems


class Only(Part):
    """Which records are read: those with one of each list that is given. Upper and lower case are the same."""

    publishers: list[_Word] = Field(default_factory=list, max_length=200, description="names of publishers")
    themes: list[_Word] = Field(
        default_factory=list, max_length=200, description="themes: their address, or its last part such as `TRAN`"
    )
    keywords: list[_Word] = Field(default_factory=list, max_length=200, description="keywords")


class Missing(Part):
    """What becomes of a dataset that the source has no more."""

    runs: int = Field(3, ge=1, le=100, description="after how many runs without it")
    then: AfterMissing = Field(AfterMissing.DEPRECATED, description="its new status")


class Limits(Part):
    """How much is read at most; a source with more is not taken over at all."""

    records: int = Field(10_000, ge=1, le=100_000, description="records")
    pages: int = Field(1_000, ge=1, le=10_000, description="documents")
    megabytes: int = Field(20, ge=1, le=100, description="size of one document")
    minutes: int = Field(15, ge=1, le=120, description="time for all together")


class HarvestDefinition(Part):
    """One harvest source: another catalogue whose datasets stand in ours too, with the data staying there."""

    harvest: Slug = Field(max_length=40, description="name of the source; the slugs of its datasets begin with it")
    title: Texts = Field(description="title by language")
    kind: Kind = Field(description="how the other catalogue speaks")
    address: _Address = Field(
        description="`dcat`: the document, or its first page; `ckan`: the site, before `/api/3/action`; "
        "`opendatasoft`: the site, before `/api/explore/v2.1`; `ogc`: the landing page, or a collection of records"
    )
    schedule: Annotated[str, AfterValidator(_schedule)] | None = Field(
        None, description="when to read it, as cron (Brussels time); absent: by hand"
    )
    department: Slug = Field(description="department whose steward answers for it, from city.yaml")
    only: Only = Field(default_factory=Only, description="which records; absent: all")
    theme: Theme = Field(description="theme of records that have none that we know")
    themes: dict[_Word, Theme] = Field(
        default_factory=dict, max_length=500, description="theme of the source (address, its last part, or word) → ours"
    )
    licence: _Address | None = Field(
        None, description="licence of records without one; only when the publisher says so elsewhere"
    )
    licences: dict[_Word, _Address] = Field(
        default_factory=dict, max_length=500, description="licence as the source writes it → its URI"
    )
    services: bool = Field(False, description="`dcat`: data services that stand alone become datasets too")
    language: str = Field("nl", pattern=r"^[a-z]{2,3}$", description="language of texts that do not say theirs")
    missing: Missing = Field(default_factory=Missing, description="what becomes of a dataset that is gone there")
    limits: Limits = Field(default_factory=Limits, description="how much is read at most")

    @model_validator(mode="after")
    def _no_fragment(self) -> HarvestDefinition:
        if "#" in self.address:
            raise wrong("an address to read has no `#`", "Remove it and what follows.", "address")
        return self

    @property
    def scope(self) -> Scope:
        """Which records are in scope, as the rules see it."""
        return Scope(
            publishers=tuple(self.only.publishers),
            themes=tuple(self.only.themes),
            keywords=tuple(self.only.keywords),
        )


@dataclass(frozen=True)
class SourceFile:
    """A valid definition; `hash`: SHA-256 of its canonical form."""

    path: Path
    definition: HarvestDefinition
    hash: str


def canonical(definition: HarvestDefinition) -> str:
    """Write a definition as JSON that is the same for every way to write the same YAML."""
    return definition.model_dump_json(exclude_defaults=True)


def read_definitions(folder: Path) -> list[SourceFile]:
    """Read the harvest sources of a city's folder, by name; InvalidDefinitions holds every problem."""
    files, problems = _read(folder)
    if problems:
        raise InvalidDefinitions(problems)
    return files


def check(folder: Path) -> list[Problem]:
    """Give every problem in the harvest sources of a city's folder (`sources/<city>`), without reading any."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    paths = sorted((folder / FOLDER).glob("*.y*ml"))
    if len(paths) > MAX_FILES:
        return [], [Problem(str(folder / FOLDER), 1, "", f"more than {MAX_FILES} files", "Remove some.")]
    departments = _departments(folder)
    files: list[SourceFile] = []
    problems: list[Problem] = []
    for path in paths:
        document = read_document(path)
        found = validate(document, HarvestDefinition)
        wrongs = list(found) if isinstance(found, tuple) else _between(document, found, departments, files)
        if wrongs or isinstance(found, tuple):
            problems += wrongs
        else:
            files.append(SourceFile(path, found, hashlib.sha256(canonical(found).encode()).hexdigest()))
    return files, problems


def _departments(folder: Path) -> set[str] | None:
    """Return the slugs of the city's departments; None where `city.yaml` itself is wrong, which is told elsewhere."""
    try:
        return {department.slug for department in ingest.read_city(folder).departments}
    except ingest.InvalidDefinitions:
        return None


def _between(
    document: Document, found: HarvestDefinition, departments: set[str] | None, others: list[SourceFile]
) -> list[Problem]:
    problems = []
    if departments is not None and found.department not in departments:
        known = f"Known: {', '.join(sorted(departments))}."
        problems.append(document.problem(("department",), f"the city has no department `{found.department}`", known))
    for other in others:
        if other.definition.harvest == found.harvest:
            message = f"`{found.harvest}` is also in {other.path.name}"
            problems.append(document.problem(("harvest",), message, "Give one another name."))
    return problems
