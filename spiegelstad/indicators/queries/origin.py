"""The whole origin of one figure, however old."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from spiegelstad.accounts.public import Actor, ActorKind
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators import models
from spiegelstad.indicators.queries.indicators import to_indicator
from spiegelstad.indicators.queries.policy import open_to
from spiegelstad.indicators.rules.figures import Figure, FigureOrigin, InputOrigin
from spiegelstad.places import public as places

_QUALITY = TypeAdapter(catalogue.Quality)
_LINEAGE = TypeAdapter(catalogue.Lineage)


class UnknownFigure(NotFound):
    """There is no figure with this id, or not for this actor."""

    title = "Unknown figure"


def figure(actor: Actor, id: UUID) -> FigureOrigin:
    """Give a figure with everything it rests on; old ones say what replaced them. Raises UnknownFigure."""
    row = models.Figure.objects.filter(tenant_id=actor.tenant_id, id=id).first()
    runs = models.Computation.objects.filter(open_to(actor)).select_related(
        "definition", "indicator__definition", "indicator__current"
    )
    run = runs.filter(pk=row.computation_id).first() if row else None
    if row is None or run is None:
        raise UnknownFigure(f"There is no figure {id}.")
    shown = to_indicator(run.indicator, run.definition)
    inputs, made_from = _inputs(actor, run)
    return FigureOrigin(
        figure=_record(row, run.indicator.slug),
        indicator=shown,
        sql=run.definition.sql,
        definition=run.definition.body,
        definition_hash=run.definition.hash,
        inputs=inputs,
        made_from=made_from,
        computation_id=run.id,
        engine=run.engine,
        computed_by=_who(actor, run.by),
        started_at=run.started_at,
        finished_at=run.finished_at,
        target=shown.target_for(row.area_type, row.area_code),
        superseded_at=run.superseded_at,
        superseded_by=_replacement(row, run),
        area_name=_area_name(actor, row),
    )


def _record(row: models.Figure, slug: str) -> Figure:
    return Figure(
        id=row.id,
        indicator=slug,
        area_type=row.area_type,
        area_code=row.area_code,
        period=row.period,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        suppressed=row.suppressed,
        computation_id=row.computation_id,
    )


Inputs = tuple[InputOrigin, ...]


def _inputs(actor: Actor, run: models.Computation) -> tuple[Inputs, Inputs]:
    """What is known about the versions: all of those that the actor may read, of others what the register tells.

    A figure can be open over data that is not: released, or made from something that was made from it.
    """
    system = Actor.system(actor.tenant_id, "indicators")
    names = list(run.inputs.order_by("name").values_list("name", "version_id"))
    versions = catalogue.versions_by_id(system, [version for _, version in names])
    behind = [(name, source) for name, id_ in names for source in versions[id_].lineage.inputs]
    versions |= catalogue.versions_by_id(system, [id_ for _, id_ in behind])
    current = {one.slug: one.current for one in catalogue.datasets(system)}
    readable = catalogue.versions_by_id(actor, list(versions))
    inputs, made_from = (
        tuple(
            _input(name, versions[id_], current.get(versions[id_].slug), is_readable=id_ in readable)
            for name, id_ in pairs
        )
        for pairs in (names, behind)
    )
    return inputs, made_from


def _input(
    name: str, version: catalogue.Version, current: catalogue.Version | None, *, is_readable: bool
) -> InputOrigin:
    return InputOrigin(
        name=name,
        version_id=version.id,
        dataset=version.slug,
        title=version.title,
        number=version.number,
        content_hash=version.content_hash if is_readable else "",
        rows=version.rows if is_readable else None,
        published_at=version.published_at,
        licence_uri=version.licence_uri,
        classification=version.classification,
        department=version.department,
        source_name=version.source.name,
        source_url=version.source.url,
        publisher=version.source.publisher,
        quality=_QUALITY.dump_python(version.quality, mode="json") if is_readable else {},
        lineage=_LINEAGE.dump_python(version.lineage, mode="json") if is_readable else {},
        is_current=current is not None and current.id == version.id,
    )


def _who(actor: Actor, by: dict[str, Any]) -> dict[str, Any]:
    """Name the program; name people to staff only."""
    return by if by.get("kind") == ActorKind.SYSTEM or actor.is_staff else {"kind": by.get("kind")}


def _replacement(row: models.Figure, run: models.Computation) -> UUID | None:
    """The current figure of the same cell, when another computation took this one's place."""
    if run.superseded_at is None or run.indicator.current_id is None:
        return None
    same = {"area_type": row.area_type, "area_code": row.area_code, "period": row.period}
    found = models.Figure.objects.filter(
        tenant_id=row.tenant_id, computation_id=run.indicator.current_id, **same
    )  # fmt: skip
    return found.values_list("id", flat=True).first()


def _area_name(actor: Actor, row: models.Figure) -> str:
    try:
        return places.area(actor, row.area_type, row.area_code).name
    except NotFound:
        return row.area_code
