"""Taking the definitions of a folder over as a city's indicators."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.base.yaml_documents import Problem
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Act, Classification, Thing, record, require
from spiegelstad.indicators import models
from spiegelstad.indicators.formats.definition import Definition, read_definition

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
DEFINE = Act("indicators.define", roles=_STEWARDS, department_bound=False)
RELEASE = Act("indicators.release_figures", roles=_STEWARDS)


class InvalidDefinitions(InvalidInput):
    """Definitions of indicators are wrong; `problems` holds them all, with file, line, key and remedy."""

    title = "The indicators are not defined well"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)), problems=[vars(problem) for problem in problems])
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Synced:
    """What taking over a folder changed, as slugs."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    unchanged: tuple[str, ...]


def load_definitions(folder: Path) -> list[Definition]:
    """Read all `*.yaml` of a folder with their SQL; raises InvalidDefinitions with every problem of all files."""
    read = [read_definition(path) for path in sorted(folder.glob("*.yaml"))]
    problems = [problem for result in read if isinstance(result, tuple) for problem in result]
    if not folder.is_dir():
        problems = [Problem(str(folder), 1, "", "the folder of indicators is missing", "Make it, or check its name.")]
    if problems:
        raise InvalidDefinitions(problems)
    return [result for result in read if isinstance(result, Definition)]


def sync_indicators(*, by: Actor, folder: Path) -> Synced:
    """Make the indicators of the actor's city those of a folder; ones that are gone are retired, their figures stay.

    Nothing is taken over when one definition is wrong. Releasing figures over closed data is for who answers for it.
    """
    definitions = load_definitions(folder)
    require(by, DEFINE, Thing("indicator", "*", by.tenant_id))
    closed = {one.slug: one for one in catalogue.datasets(Actor.system(by.tenant_id, "indicators")) if _is_closed(one)}
    with transaction.atomic():
        kept = models.Indicator.objects.filter(tenant_id=by.tenant_id).select_for_update(of=("self",))
        before = {row.slug: row for row in kept.select_related("definition")}
        outcome: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": []}
        for definition in definitions:
            outcome[_take_over(by, definition, before.get(definition.slug), closed)].append(definition.slug)
        retired = _retire(by, before, {definition.slug for definition in definitions})
        if outcome["created"] or outcome["changed"] or retired:
            details = {**{kind: slugs for kind, slugs in outcome.items() if kind != "unchanged"}, "retired": retired}
            record(by, DEFINE, Thing("indicator", "*", by.tenant_id), details=details)
    return Synced(tuple(outcome["created"]), tuple(outcome["changed"]), tuple(retired), tuple(outcome["unchanged"]))


def dataset_slugs(definition: Definition) -> list[str]:
    """Give the slugs of the datasets a definition reads, in order and once."""
    return sorted({one.dataset for one in definition.yaml.inputs.values() if one.dataset})


def _is_closed(dataset: catalogue.Dataset) -> bool:
    return dataset.classification != Classification.PUBLIC


def _take_over(
    by: Actor, definition: Definition, row: models.Indicator | None, closed: dict[str, catalogue.Dataset]
) -> str:
    if row is not None and row.definition.hash == definition.hash and row.retired_at is None:
        return "unchanged"
    _release(by, definition, closed)
    kept, _ = models.Definition.objects.get_or_create(
        tenant_id=by.tenant_id,
        slug=definition.slug,
        hash=definition.hash,
        defaults={"body": definition.body, "sql": definition.sql, "created_at": now()},
    )
    fields = {
        "definition": kept,
        "theme": definition.yaml.theme.value,
        "datasets": dataset_slugs(definition),
        "retired_at": None,
    }
    models.Indicator.objects.update_or_create(tenant_id=by.tenant_id, slug=definition.slug, defaults=fields)
    return "created" if row is None else "changed"


def _release(by: Actor, definition: Definition, closed: dict[str, catalogue.Dataset]) -> None:
    """Require that the actor may open figures over each closed dataset, and write it in the audit log."""
    if definition.yaml.release is None:
        return
    for slug in dataset_slugs(definition):
        if (dataset := closed.get(slug)) is not None:
            thing = Thing("dataset", slug, by.tenant_id, Classification(dataset.classification), dataset.department)
            require(by, RELEASE, thing)
            details = {"indicator": definition.slug, "minimum_cell": definition.yaml.minimum_cell}
            record(by, RELEASE, thing, details=details, reason=definition.yaml.release["nl"])


def _retire(by: Actor, before: dict[str, models.Indicator], present: Collection[str]) -> list[str]:
    gone = sorted(slug for slug, row in before.items() if slug not in present and row.retired_at is None)
    models.Indicator.objects.filter(tenant_id=by.tenant_id, slug__in=gone).update(retired_at=now())
    return gone
