"""Two whole small cities in one installation, the same in everything but their marks.

Every text of a city holds its mark (`Zebra`; in the names of datasets and sources `Zebra-`, because the register tells
everyone that they exist) and every number of people or bicycles its digits, so that a leak is found by searching an
answer for them. What a city has, it has once for each kind of `KINDS`: public, the three closed
classifications, and one public thing that only this city has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import shapely
from django.db import connection
from procrastinate.contrib.django import app

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.accounts.testing import make_key, make_person, make_tenant
from spiegelstad.base.clock import now
from spiegelstad.base.models import JobFailure
from spiegelstad.broker.testing import (
    make_agreement,
    make_closed,
    make_offer,
    make_request,
    make_upload,
    people_table,
)
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_question, make_showcase, make_version
from spiegelstad.context import public as context
from spiegelstad.harvest.testing import make_harvested
from spiegelstad.indicators import public as indicators
from spiegelstad.indicators.testing import population_table, write_definition
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import definition, make_source, write_data
from spiegelstad.ldes.keeping import build_all
from spiegelstad.mirror import models as mirror_models
from spiegelstad.mirror import public as mirror
from spiegelstad.mirror.testing import make_observations
from spiegelstad.places.testing import make_addresses, make_area, make_areas
from spiegelstad.sensors.testing import make_device
from spiegelstad.sensorthings import public as sensorthings

ABSENT = {
    name: f"01890000-0000-7000-8000-00000000001{number}"
    for number, name in enumerate(("request", "agreement", "lent", "upload"))
}
"""What stands in addresses about access where a city has nothing: there is something of its `only` kind alone."""

CLOSED = ("internal", "confidential", "personal")
SECTORS = ("W1A", "W1B", "W2A", "W2B")
SENSOR_SQL = (
    "SELECT 'municipality' AS area_type, 'M' AS area_code, year(bucket)::VARCHAR AS period, sum(sum) AS value "
    "FROM counts GROUP BY ALL"
)


@dataclass(frozen=True)
class City:
    """A city with the ids of its things; those of a kind under the kind's name."""

    id: str
    mark: str
    digits: int
    only: str
    people: Mapping[str, Actor]
    keys: Mapping[str, str]
    key_id: UUID
    job: int
    versions: Mapping[str, UUID]
    figures: Mapping[str, UUID]
    computations: Mapping[str, UUID]
    rows: Mapping[str, UUID]
    access: Mapping[str, str]

    @property
    def host(self) -> str:
        """The host name that shows this city."""
        return f"{self.id}.localhost"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of things there are: classifications, and what only this city has."""
        return ("public", *CLOSED, self.only)

    def number(self, kind: str) -> int:
        """The number by which a kind is known."""
        return number_of(self.digits, self.kinds, kind)

    def names(self, kind: str) -> dict[str, str]:
        """What stands in the addresses of this city's things of a kind."""
        return {
            "kind": kind,
            "figure": str(self.figures[kind]),
            "row": str(self.rows[kind]),
            "key": str(self.key_id),
            "job": str(self.job),
            "area": "W1" if kind != self.only else f"W-{kind}",
            **(self.access if kind == self.only else ABSENT),
        }

    def marks(self, *kinds: str) -> tuple[str, ...]:
        """What is found only in answers about these kinds: their names, and what they hold."""
        return (*(f"{self.mark}-{kind}" for kind in kinds), *self.contents(*kinds))

    def contents(self, *kinds: str) -> tuple[str, ...]:
        """What is found only in what these kinds hold: words and numbers, in the ways pages write them.

        Titles, sources and reasons of closed data are not in it: they stand in the public register.
        """
        numbers = [self.number(kind) for kind in kinds]
        written = [text for n in numbers for text in (str(n), f"{n:,}", f"{n:,}".replace(",", "."))]
        drawn = [corner_of(self.digits, self.kinds, kind) for kind in kinds]
        return (*(f"{self.mark}{kind}" for kind in kinds), *written, *map(str, drawn))

    def ids(self) -> tuple[str, ...]:
        """Every id of a thing of this city that an answer could hold."""
        found = [*self.versions.values(), *self.figures.values(), *self.computations.values(), *self.rows.values()]
        return (*(str(id_) for id_ in found), str(self.key_id), *self.keys.values(), *self.access.values())


def number_of(digits: int, kinds: tuple[str, ...], kind: str) -> int:
    """Return a number of seven digits that nothing else has."""
    return digits * 100_000 + 10_000 * kinds.index(kind) + 1_357


def corner_of(digits: int, kinds: tuple[str, ...], kind: str) -> float:
    """Return a longitude that only the map layer of this kind has."""
    return round(3.6 + digits / 1_000 + (10 * kinds.index(kind) + 7) / 1_000_000, 6)


def make_city(tenant_id: str, mark: str, digits: int, only: str, folder: Path) -> City:
    """Make a city with everything in it. `only`: the kind of things that no other city has."""
    tenant = make_tenant(tenant_id, host=f"{tenant_id}.localhost")
    told = {"nl": f"{mark}public", "en": f"{mark}public"}
    entry = dict.fromkeys(("name", "purpose", "legal_basis", "retention", "dpia"), told)
    entry |= {name: [told] for name in ("people", "data", "recipients", "security")} | {"transfers_outside_eea": "none"}
    tenant.settings = {
        "dashboard": {"layers": {"water": {"dataset": "water"}, "park": {"dataset": "park"}}},
        "processing": {f"survey-{only}": entry},
    }
    tenant.save()
    kinds = ("public", *CLOSED, only)
    people = _people(tenant_id, mark)
    _places(tenant_id, mark, only)
    versions = {kind: _population(tenant_id, mark, kind, number_of(digits, kinds, kind)) for kind in kinds}
    for kind in kinds:
        _spots(tenant_id, mark, kind, number_of(digits, kinds, kind))
    for kind in kinds:
        make_question(tenant_id, f"population-{kind}", f"{mark}{kind}?")
        make_showcase(tenant_id, f"population-{kind}", f"{mark}{kind}")
    _layer(tenant_id, "water", "public", corner_of(digits, kinds, "public"))
    _layer(tenant_id, "park", "confidential", corner_of(digits, kinds, "confidential"))
    _sensors(tenant_id, mark, kinds, digits)
    rows = _sources(tenant_id, mark, kinds, folder)
    make_harvested(tenant_id, {f"catalogue-{kind}": f"{mark}{kind}" for kind in ("public", only)})
    figures, computations = _indicators(tenant_id, mark, kinds, folder)
    write, writer = make_key(tenant_id, ["observations:write", "context:write"])
    read, _ = make_key(tenant_id, ["data:read"])
    _refused_row(tenant_id, mark)
    build_all()
    return City(
        id=tenant_id,
        mark=mark,
        digits=digits,
        only=only,
        people=people,
        keys={"write": write, "read": read},
        key_id=UUID(writer.id.removeprefix("key:")),
        job=_failed_job(tenant_id, mark),
        versions=versions,
        figures=figures,
        computations=computations,
        rows=rows,
        access=_access(tenant_id, mark, only, people),
    )


def _people(tenant_id: str, mark: str) -> dict[str, Actor]:
    people = {role.value: make_person(tenant_id, role, name=f"{mark} {role.value}") for role in Role}
    steward = make_person(tenant_id, Role.STEWARD, ["mobiliteit"], name=f"{mark} mobiliteit")
    other = make_person(tenant_id, Role.STEWARD, ["milieu"], name=f"{mark} milieu")
    return {**people, "steward": steward, "other_steward": other}


def _places(tenant_id: str, mark: str, only: str) -> None:
    box = shapely.box
    make_areas(tenant_id, "municipality", [make_area("M", box(3.6, 51.0, 3.8, 51.1), name=f"{mark}-M")])
    wijken = [
        ("W1", box(3.6, 51.0, 3.7, 51.1)),
        ("W2", box(3.7, 51.0, 3.79, 51.1)),
        (f"W-{only}", box(3.79, 51, 3.8, 51.1)),
    ]
    make_areas(tenant_id, "wijk", [make_area(c, g, name=f"{mark}-{c}", parent_code="M") for c, g in wijken])
    halves = [(f"W{w}{'AB'[half]}", w, half) for w in (1, 2) for half in (0, 1)]
    sectors = [
        make_area(
            code, box(3.5 + w / 10, 51 + half / 20, 3.6 + w / 10, 51.05 + half / 20),
            name=f"{mark}-{code}", parent_code=f"W{w}",
        )
        for code, w, half in halves
    ]  # fmt: skip
    make_areas(tenant_id, "sector", sectors)
    make_addresses(tenant_id, [(f"{mark}straat", "7", "9000"), ("Kerkstraat", "1", "9000")], municipality=f"{mark}dam")


def classification_of(kind: str) -> dict[str, str]:
    """Return the fields that classify a thing of a kind."""
    if kind not in CLOSED:
        return {}
    purpose = {"processing": "traffic-counts"} if kind == "personal" else {}
    return {"classification": kind, "classification_reason": f"It is {kind}.", **purpose}


def _population(tenant_id: str, mark: str, kind: str, number: int) -> UUID:
    table = population_table({sector: [number, number] for sector in SECTORS}, first_year=2024)
    table = table.append_column("remark", pa.array([f"{mark}{kind}"] * len(table)))
    title = {"nl": f"Bevolking {mark}-{kind}", "en": f"Population {mark}-{kind}"}
    description = {"nl": f"Alles over {mark}{kind}", "en": f"All about {mark}{kind}"}
    slug, columns = f"population-{kind}", columns_of(table)
    fields: dict[str, Any] = {
        **classification_of(kind), "theme": "population", "title": title, "description": description,
    }  # fmt: skip
    make_dataset(tenant_id, slug, columns, **fields)
    return make_version(tenant_id, slug, table).id


def _spots(tenant_id: str, mark: str, kind: str, number: int) -> None:
    """Publish a dataset of places, which faces of the map show."""
    table = pa.table({"remark": [f"{mark}{kind}"], "count": [number], "lon": [3.65], "lat": [51.05]})
    title = {"nl": f"Plekken {mark}-{kind}", "en": f"Places {mark}-{kind}"}
    description = {"nl": f"Alle plekken van {mark}{kind}", "en": f"All places of {mark}{kind}"}
    columns = tuple(replace(one, description=description) for one in columns_of(table))
    fields: dict[str, Any] = {**classification_of(kind), "title": title, "description": description}
    make_dataset(tenant_id, f"places-{kind}", columns, **fields)
    make_version(tenant_id, f"places-{kind}", table, columns=columns)


def _layer(tenant_id: str, slug: str, kind: str, corner: float) -> None:
    """Publish a dataset that the city names as a layer of its map."""
    table = pa.table({"geometry": [shapely.to_wkb(shapely.box(corner, 51.02, corner + 0.02, 51.04))]})
    make_dataset(tenant_id, slug, columns_of(table), **classification_of(kind))
    make_version(tenant_id, slug, table)


def _sensors(tenant_id: str, mark: str, kinds: tuple[str, ...], digits: int) -> None:
    by = Actor.system(tenant_id, "tests")
    closed = {kind: kind if kind in CLOSED else "public" for kind in kinds}
    entities = [
        context.EntityIn(
            id=f"urn:ngsi-ld:Counter:{kind}", type="Counter", name=f"Paal {mark}{kind}", lon=3.65, lat=51.05,
            attributes={"note": f"{mark}{kind}"}, classification=closed[kind], department="mobiliteit",
        )
        for kind in kinds
    ]  # fmt: skip
    context.upsert_entities(by=by, entities=entities)
    series = [
        mirror.SeriesIn(
            key=f"count-{kind}", entity_id=f"urn:ngsi-ld:Counter:{kind}", entity_type="Counter",
            property=f"count-{kind}",
            name={"nl": f"Teller {mark}{kind}", "en": f"Counter {mark}{kind}"}, unit="C62", lon=3.65, lat=51.05,
            classification=closed[kind], department="mobiliteit",
        )
        for kind in kinds
    ]  # fmt: skip
    mirror.ensure_series(by=by, series=series)
    sensorthings.adopt_series(by.tenant_id)
    moments = [now().replace(microsecond=0) - age for age in (timedelta(days=2), timedelta(minutes=1))]
    values = [(f"count-{kind}", at, float(number_of(digits, kinds, kind))) for kind in kinds for at in moments]
    make_observations(tenant_id, values)
    for kind in kinds:
        make_device(
            tenant_id, f"device-{kind}", name={"nl": f"Toestel {mark}{kind}"}, series=(f"count-{kind}",), lon=3.65,
            lat=51.05, classification=closed[kind],
        )  # fmt: skip


def _sources(tenant_id: str, mark: str, kinds: tuple[str, ...], folder: Path) -> dict[str, UUID]:
    """Make a source of each kind and run it; return the row of each that is in quarantine."""
    sources = []
    for kind in kinds:
        file, title = f"{tenant_id}-{kind}.csv", {"nl": f"Bron {mark}-{kind}", "en": f"Source {mark}-{kind}"}
        rows = [f"{mark}{kind};2026-01-05T0{hour}:00:00+01:00;{count}" for hour, count in ((8, 12), (9, 34), (7, -3))]
        write_data(file, "\n".join(["place;time;count", *rows, ""]))
        sources.append(
            definition(
                f"source-{kind}",
                title=title,
                description={"nl": f"Alles van {mark}{kind}", "en": f"All of {mark}{kind}"},
                publisher=f"Uitgever {mark}-{kind}",
                where={"file": file},
                **classification_of(kind),
            )
        )
    by = make_source(tenant_id, folder / tenant_id / "sources", *sources)
    rows_of = {}
    for kind in kinds:
        ingest.run_source(by=by, slug=f"source-{kind}")
        rows_of[kind] = ingest.quarantine(by, f"source-{kind}")[0][0].id
    return rows_of


def _indicators(
    tenant_id: str, mark: str, kinds: tuple[str, ...], folder: Path
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Make two indicators of each kind, over a dataset and over a series; return a figure and computation of each."""
    here, by = folder / tenant_id / "indicators", Actor.system(tenant_id, "tests")
    for kind in kinds:
        title = {"nl": f"Inwoners {mark}{kind}", "en": f"Inhabitants {mark}{kind}"}
        words = {"title": title, "explanation": dict(title)}
        write_definition(here, f"inhabitants-{kind}", inputs={"population": {"dataset": f"population-{kind}"}}, **words)
        counts = {"series": {"property": f"count-{kind}", "resolution": "day", "history_days": 30}}
        city_only = {"area_types": ["municipality"], "inputs": {"counts": counts}}
        write_definition(here, f"sensor-{kind}", SENSOR_SQL, **words, **city_only)
    indicators.sync_indicators(by=by, folder=here)
    done = indicators.compute(by=by)
    assert [one.error for one in done if one.error] == [] and len(done) == 2 * len(kinds)
    found = {kind: indicators.figures(by, f"inhabitants-{kind}", areas=["W1A"])[0] for kind in kinds}
    return {k: f.id for k, f in found.items()}, {k: f.computation_id for k, f in found.items()}


def _access(tenant_id: str, mark: str, only: str, people: Mapping[str, Actor]) -> dict[str, str]:
    """Offer a closed dataset, ask for it, agree, and share a file; return what is in their addresses."""
    table, slug = people_table(60), f"asked-{only}"
    table = table.set_column(1, "district", pa.array([f"{mark}{only}"] * len(table)))
    make_closed(tenant_id, slug, table, "internal", title={"nl": f"Gevraagd {mark}{only}"})
    system, resident = Actor.system(tenant_id, "tests"), people["resident"]
    make_offer(system, slug)
    request = make_request(resident, slug, purpose=f"Studie {mark}{only}")
    agreement, _ = make_agreement(resident, people["administrator"], slug=slug, purpose=f"Studie {mark}{only}")
    return {
        "request": str(request.id),
        "agreement": str(agreement.id),
        "lent": str(agreement.keys.get().api_key_id),
        "upload": str(make_upload(resident, f"Bomen {mark}{only}").id),
    }


def _refused_row(tenant_id: str, mark: str) -> None:
    moment = now()
    mirror_models.RefusedRow.objects.create(
        tenant_id=tenant_id, digest="1" * 64, text=f"{mark} is no row", reason="unreadable", sender=f"key:{mark}",
        times=1, first_at=moment, last_at=moment,
    )  # fmt: skip


def _failed_job(tenant_id: str, mark: str) -> int:
    """Leave a job as Procrastinate does when it was tried often enough."""
    job_id: int = app.configure_task(f"tests.{mark}", allow_unknown=True).defer(tenant_id=tenant_id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', attempts = 6 WHERE id = %s", [job_id])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job_id])
    JobFailure.objects.create(job_id=job_id, error=f"{mark}Error", detail=f"{mark} is away.", failed_at=now())
    return job_id


def state_of(tenant_id: str) -> dict[str, str]:
    """Return a digest of all rows of a city by table, so that any change shows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns JOIN pg_class c ON c.relname = table_name"
            " WHERE column_name = 'tenant_id' AND table_schema = 'public' AND NOT c.relispartition ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            cursor.execute(
                f"SELECT count(*) || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{name}\" t"
                " WHERE tenant_id = %s",
                [tenant_id],
            )
            found[name] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE args->>'tenant_id' = %s AND status = 'todo'", [tenant_id]
        )
        found["jobs"] = str(cursor.fetchone()[0])
    return found
