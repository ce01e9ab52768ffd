"""Evolutions become answers: instances in arrays, simplified, or added up (clauses 4.5.6 to 4.5.9 and 4.5.19)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.periods import periods_json, spans_of
from spiegelstad.context.formats.rendering import render, render_instance
from spiegelstad.context.formats.temporal_reading import PLURALS
from spiegelstad.context.rules.documents import Instance, shown_time, time_text
from spiegelstad.context.rules.histories import Added, Evolution, Head, Point, Sums
from spiegelstad.context.rules.terms import Context


def render_evolution(evolution: Evolution, context: Context, form: Form) -> dict[str, Any]:
    """Return an entity with its instances in arrays, normalized or concise."""
    answer = _head(evolution.head, context, form)
    for iri, points in evolution.history.items():
        answer[context.compact(iri)] = [render_instance(instance, context, form) for _, instance in points]
    return answer


def render_values(evolution: Evolution, context: Context, form: Form, timeproperty: str) -> dict[str, Any]:
    """Return an entity with pairs of value and time (4.5.9). What has no such time is left out."""
    answer = _head(evolution.head, context, form)
    for iri, points in evolution.history.items():
        groups = _groups([point for point in points if timeproperty in point[1]], form)
        shown = [_values(kind, dataset, several, context, form) for (dataset, kind), several in groups.items()]
        if shown:
            answer[context.compact(iri)] = shown[0] if len(shown) == 1 else shown
    return answer


def render_sums(head: Head, sums: Sums, context: Context, form: Form) -> dict[str, Any]:
    """Return an entity with what its attributes add up to (4.5.19)."""
    answer = _head(head, context, form)
    for iri, several in sums.items():
        shown = [_added(one) for one in several if one.values]
        if shown:
            answer[context.compact(iri)] = shown[0] if len(shown) == 1 else shown
    return answer


def _head(head: Head, context: Context, form: Form) -> dict[str, Any]:
    answer = render(head.document, context, form)
    if form.sys_attrs and head.deleted_at and "createdAt" in answer:
        answer["deletedAt"] = shown_time(head.deleted_at)
    return answer


def _groups(points: Sequence[Point], form: Form) -> dict[tuple[str, str], list[Point]]:
    groups: defaultdict[tuple[str, str], list[Point]] = defaultdict(list)
    for at, instance in points:
        groups[instance.get("datasetId", ""), _kind(instance, form)].append((at, instance))
    return groups


def _kind(instance: Instance, form: Form) -> str:
    kind: str = instance["type"]
    return "Property" if form.language and kind == "LanguageProperty" else kind


def _values(kind: str, dataset: str, points: Sequence[Point], context: Context, form: Form) -> dict[str, Any]:
    simplified = replace(form, representation="simplified")
    values = [[render_instance(instance, context, simplified), _time(at)] for at, instance in points]
    return {"type": kind, **({"datasetId": dataset} if dataset else {}), PLURALS[kind]: values}


def _added(one: Added) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": one.kind}
    if one.dataset:
        shown["datasetId"] = one.dataset
    spans = spans_of(one.begins, one.ends)
    for method, values in one.values.items():
        shown[method] = periods_json(values, spans)
    return shown


def _time(at: datetime) -> str:
    return shown_time(time_text(at))
