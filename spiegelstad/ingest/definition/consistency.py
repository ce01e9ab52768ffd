"""Checks between the keys of a source, and between a source and its city: what pydantic cannot see. Pure."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Collection, Iterator

from spiegelstad.base.error_texts import error_text
from spiegelstad.base.yaml_documents import Document, KeyPath, Problem
from spiegelstad.ingest.definition.city import CityDefinition
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.definition.templates import columns_in
from spiegelstad.ingest.vocabulary import ColumnType, FileType, Way

NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})
ANY = frozenset(ColumnType)
Use = tuple[KeyPath, str, frozenset[ColumnType]]


def problems_of(
    document: Document, source: SourceDefinition, city: CityDefinition | None, activities: Collection[str]
) -> list[Problem]:
    """Give everything that doesn't fit, each with its line and remedy. `activities`: of the processing register."""
    found = [*_columns(document, source), *_uses(document, source), *_format(document, source)]
    found.extend(_feeds(document, source) if source.where.way is Way.RUN else _live(document, source))
    if city is not None:
        found.extend(_city(document, source, city))
    found.extend(unknown_activity(document, ("processing",), source.processing, activities))
    if document.path.stem != source.source:
        found.append(
            document.problem(
                ("source",),
                f"the file is called `{document.path.name}` and the source `{source.source}`",
                f"Call the file `{source.source}.yaml`.",
            )
        )
    return found


def unknown_activity(
    document: Document, at: KeyPath, key: str | None, activities: Collection[str]
) -> Iterator[Problem]:
    """Yield the problem of a key that names no activity of the processing register; none without a key."""
    if key and key not in activities:
        yield document.problem(at, f"the processing register has no activity `{key}`", near(key, activities))


def near(word: str, names: Collection[str]) -> str:
    """Say which known name is meant, or which there are."""
    close = difflib.get_close_matches(word, list(names), n=1, cutoff=0.6)
    if close:
        return error_text(f"Did you mean `{close[0]}`?")
    return error_text(f"Known here: {', '.join(sorted(names)) or 'none'}.")


def column_types(source: SourceDefinition) -> dict[str, ColumnType]:
    """Give the type of every column of the dataset, the located ones included."""
    types = {name: column.type for name, column in source.columns.items()}
    for locate in source.locates:
        types.update(dict.fromkeys(locate.into.values(), ColumnType.TEXT))
    return types


def _columns(document: Document, source: SourceDefinition) -> Iterator[Problem]:
    for name, column in source.columns.items():
        at: KeyPath = ("columns", name)
        if column.zone and column.zone not in zoneinfo.available_timezones():
            yield document.problem((*at, "zone"), f"the time zone `{column.zone}` is unknown", "Use Europe/Brussels.")
        special = [text for text in column.sources if text == "geometry" or text.startswith("geometry.")]
        if special and source.format.type == "geojson":
            known = {"geometry", "geometry.lon", "geometry.lat", "geometry.length_m", "geometry.area_m2"}
            for text in special:
                if text not in known:
                    yield document.problem((*at, "from"), f"`{text}` is unknown", near(text, known))
        if column.type is ColumnType.GEOMETRY and column.constant is not None:
            yield document.problem((*at, "constant"), "a geometry can't be a constant", "Remove it.")
    for index, locate in enumerate(source.locates):
        where: KeyPath = ("locate", index) if isinstance(source.locate, list) else ("locate",)
        for area_type, name in locate.into.items():
            if name in source.columns:
                yield document.problem(
                    (*where, "into", area_type), f"the column `{name}` is there already", "Choose another name."
                )


_OF_MESSAGES = {
    Way.MQTT: (FileType.JSON, FileType.CHIRPSTACK, FileType.THINGS_STACK),
    Way.WEBHOOK: (FileType.CHIRPSTACK, FileType.THINGS_STACK),
}
_RECORDS = {FileType.GTFS_REALTIME: ("vehicles", "stops", "alerts"), FileType.GBFS: ("stations", "vehicles")}
_NOT_LIVE = ("locate", "unique", "rules", "areas", "addresses")


def _live(document: Document, source: SourceDefinition) -> Iterator[Problem]:
    """What has no meaning for one message by itself, and what it needs."""
    kinds = _OF_MESSAGES[source.where.way]
    if source.format.type not in kinds:
        yield document.problem(
            ("format", "type"), f"a message can't be `{source.format.type}`", f"Use {_listed(kinds)}."
        )
    for key in _NOT_LIVE:
        if getattr(source, key):
            yield document.problem((key,), f"`{key}` isn't for messages", f"Remove `{key}`.")
    for name, column in source.columns.items():
        if column.type is ColumnType.GEOMETRY:
            yield document.problem(("columns", name, "type"), "a message gives no geometry", "Use lon and lat.")
    for index, keep in enumerate(source.keep):
        if keep.inside:
            yield document.problem(("keep", index, "inside"), "`inside` isn't for messages", "Remove it.")
    if not source.entities and not source.observations:
        yield document.problem((), "nothing is made of the messages", "Add `entities` or `observations`.")


def _feeds(document: Document, source: SourceDefinition) -> Iterator[Problem]:
    kind = FileType(source.format.type)
    if kind in (FileType.CHIRPSTACK, FileType.THINGS_STACK):
        yield document.problem(("format", "type"), f"`{kind}` comes in messages", "Add `mqtt` or `webhook`.")
    if kind in _RECORDS and source.format.records not in _RECORDS[kind]:
        yield document.problem(
            ("format", "records"), f"`{kind}` has no such records", f"Use {_listed(_RECORDS[kind])}."
        )
    if (source.where.gbfs is not None) and kind is not FileType.GBFS:
        yield document.problem(("format", "type"), "`where.gbfs` gives GBFS", "Write `type: gbfs`.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _format(document: Document, source: SourceDefinition) -> Iterator[Problem]:
    api = source.where.opendatasoft
    if api is None:
        return
    if api.mode == "records" and source.format.type != "json":
        yield document.problem(("format", "type"), "`mode: records` gives JSON", "Write `type: json`.")
    if api.mode == "records" and source.format.records:
        yield document.problem(("format", "records"), "page by page the file is the list itself", "Remove it.")
    if api.mode == "export" and source.format.type not in ("csv", "json", "geojson", "parquet", "xlsx"):
        yield document.problem(("format", "type"), "the portal doesn't export this", "Use csv, json or geojson.")


def _uses(document: Document, source: SourceDefinition) -> Iterator[Problem]:
    types = column_types(source)
    for at, name, wanted in _named_columns(source):
        if name not in types:
            yield document.problem(at, f"there is no column `{name}`", near(name, types))
        elif types[name] not in wanted:
            yield document.problem(
                at, f"the column `{name}` is {types[name]}", f"It must be {' or '.join(sorted(wanted))}."
            )


def _named_columns(source: SourceDefinition) -> Iterator[Use]:
    for index, name in enumerate(source.unique):
        yield ("unique", index), name, ANY - {ColumnType.GEOMETRY}
    for index, rule in enumerate(source.rules):
        if rule.column:
            moments = frozenset({ColumnType.DATE, ColumnType.DATETIME})
            wanted = moments if rule.freshness else frozenset({ColumnType.TEXT, ColumnType.INTEGER})
            yield ("rules", index, "column"), rule.column, wanted
        yield from _point(("rules", index), rule.lon, rule.lat)
    for index, keep in enumerate(source.keep):
        if keep.column:
            yield ("keep", index, "column"), keep.column, ANY - {ColumnType.GEOMETRY}
        yield from _point(("keep", index), keep.lon, keep.lat)
    for index, locate in enumerate(source.locates):
        at: KeyPath = ("locate", index) if isinstance(source.locate, list) else ("locate",)
        yield from _point(at, locate.lon, locate.lat)
    yield from _areas_and_addresses(source)
    yield from _mirrored(source)


def _point(at: KeyPath, lon: str | None, lat: str | None) -> Iterator[Use]:
    for key, name in (("lon", lon), ("lat", lat)):
        if name:
            yield (*at, key), name, NUMERIC


def _template(at: KeyPath, text: str) -> Iterator[Use]:
    for name in columns_in(text):
        yield at, name, ANY - {ColumnType.GEOMETRY}


def _areas_and_addresses(source: SourceDefinition) -> Iterator[Use]:
    text = frozenset({ColumnType.TEXT, ColumnType.INTEGER})
    if areas := source.areas:
        for key, name in (("code", areas.code), ("name", areas.name), ("parent", areas.parent)):
            if name:
                yield ("areas", key), name, text
        yield ("areas", "geometry"), areas.geometry, frozenset({ColumnType.GEOMETRY})
        for key, day in (("valid_from", areas.valid_from), ("valid_to", areas.valid_to)):
            if isinstance(day, str):
                yield ("areas", key), day, frozenset({ColumnType.DATE})
        for index, name in enumerate(areas.attributes):
            yield ("areas", "attributes", index), name, ANY - {ColumnType.GEOMETRY}
    if addresses := source.addresses:
        for key in ("street", "house_number", "box_number", "postcode", "municipality"):
            if name := getattr(addresses, key):
                yield ("addresses", key), name, text
        yield from _point(("addresses",), addresses.lon, addresses.lat)
        if columns_in(addresses.id):
            yield from _template(("addresses", "id"), addresses.id)
        else:
            yield ("addresses", "id"), addresses.id, text


def _mirrored(source: SourceDefinition) -> Iterator[Use]:
    if entities := source.entities:
        yield from _template(("entities", "id"), entities.id)
        yield from _template(("entities", "name"), entities.name)
        yield from _point(("entities",), entities.lon, entities.lat)
        for index, name in enumerate(entities.attributes):
            yield ("entities", "attributes", index), name, ANY - {ColumnType.GEOMETRY}
    for index, series in enumerate(source.observations):
        at: KeyPath = ("observations", index)
        yield from _template((*at, "series"), series.series)
        yield from _template((*at, "entity"), series.entity)
        for language, text in series.name.items():
            yield from _template((*at, "name", language), text)
        yield (*at, "observed_at"), series.observed_at, frozenset({ColumnType.DATETIME})
        yield (*at, "value"), series.value, NUMERIC
        if series.quality:
            yield (*at, "quality"), series.quality, frozenset({ColumnType.INTEGER})
        yield from _point(at, series.lon, series.lat)


def _city(document: Document, source: SourceDefinition, city: CityDefinition) -> Iterator[Problem]:
    departments = {department.slug for department in city.departments}
    if source.department not in departments:
        yield document.problem(
            ("department",), f"the city has no department `{source.department}`", near(source.department, departments)
        )
    if source.classification == "personal" and city.privacy is None:
        yield document.problem(
            ("classification",), "the city does not say who answers for personal data", "Add `privacy` to city.yaml."
        )
    area_types = {area_type.slug for area_type in city.area_types}
    for at, area_type in _named_area_types(source):
        if area_type not in area_types:
            yield document.problem(at, f"the city has no area type `{area_type}`", near(area_type, area_types))


def _named_area_types(source: SourceDefinition) -> Iterator[tuple[KeyPath, str]]:
    for index, rule in enumerate(source.rules):
        if rule.reference:
            yield ("rules", index, "reference"), rule.reference
    for index, locate in enumerate(source.locates):
        at: KeyPath = ("locate", index) if isinstance(source.locate, list) else ("locate",)
        for area_type in locate.into:
            yield (*at, "into", area_type), area_type
    if source.areas:
        yield ("areas", "type"), source.areas.type
