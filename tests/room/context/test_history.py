"""What writes of entities leave in the history: numbers as observations, the rest as instances, deletions as such."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.actions.writing import Written, store
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import Attributes, Document, time_text
from spiegelstad.mirror.public import series_of_entities

ID = "urn:ngsi-ld:WeatherStation:1"
TYPE = "https://uri.etsi.org/ngsi-ld/default-context/WeatherStation"
TEMPERATURE = "https://uri.etsi.org/ngsi-ld/default-context/temperature"
STATE = "https://uri.etsi.org/ngsi-ld/default-context/state"
LOCATION = "https://uri.etsi.org/ngsi-ld/location"
START = now().replace(microsecond=0) - timedelta(minutes=3)


def stamped(**members: object) -> dict[str, object]:
    return {"type": "Property", "createdAt": time_text(START), "modifiedAt": time_text(START), **members}


def number(value: float, minute: int = 0, **members: object) -> dict[str, object]:
    return stamped(value=value, observedAt=time_text(START + timedelta(minutes=minute)), **members)


def place(lon: float) -> dict[str, object]:
    return stamped(type="GeoProperty", value={"type": "Point", "coordinates": [lon, 51.0]})


def document(attributes: Attributes) -> Document:
    return Document(ID, [TYPE], [], attributes, time_text(START), time_text(START))


def write(tenant: str, before: Document | None, after: Document | None) -> None:
    kind = "entityCreated" if before is None else "entityUpdated" if after else "entityDeleted"
    changes = []
    old, new = before.attributes if before else {}, after.attributes if after else {}
    for attribute in sorted({*old, *new}) if after else []:
        for dataset in sorted({*old.get(attribute, {}), *new.get(attribute, {})}):
            previous, one = old.get(attribute, {}).get(dataset), new.get(attribute, {}).get(dataset)
            if previous != one:
                what = "Created" if previous is None else "Updated" if one else "Deleted"
                changes.append(Change(attribute, dataset, f"attribute{what}", previous))
    store(tenant, [Written(ID, kind, before, after, changes)])


def observations(tenant: str) -> list[tuple[str, float]]:
    return sql.rows(
        "SELECT s.key, o.value FROM mirror_observation o JOIN mirror_series s ON s.id = o.series_id"
        " WHERE o.tenant_id = %s ORDER BY o.observed_at, 1",
        [tenant],
    )


def instances(tenant: str) -> list[dict[str, object]]:
    found = sql.rows(
        "SELECT instance FROM context_attributeinstance WHERE tenant_id = %s ORDER BY modified_at, instance_id",
        [tenant],
    )
    return [orjson.loads(one) if isinstance(one, str) else one for (one,) in found]


def test_a_number_with_its_moment_is_an_observation_and_no_copy(tenant, people):
    write(tenant, None, document({TEMPERATURE: {"": number(21.5, unitCode="CEL")}, LOCATION: {"": place(3.7)}}))
    [(key, value)] = observations(tenant)
    assert value == 21.5
    [series] = series_of_entities(people.nobody, [ID])
    assert (series.key, series.unit, series.property) == (key, "CEL", "temperature")
    assert (series.lon, series.lat, series.entity_type) == (3.7, 51.0, "WeatherStation")
    assert [one["type"] for one in instances(tenant)] == ["GeoProperty"]


@pytest.mark.parametrize(
    "instance",
    [
        stamped(value=21.5),
        number(21.5, attributes={STATE: {"": {"type": "Property", "value": "ok"}}}),
        stamped(value=True, observedAt=time_text(START)),
        stamped(value="21.5", observedAt=time_text(START)),
        stamped(value=2**63 + 1, observedAt=time_text(START)),
        stamped(value=1, observedAt="1815-06-18T12:00:00.000000Z"),
        number(21.5, expiresAt="2090-01-01T00:00:00.000000Z"),
    ],
)
def test_what_is_more_or_less_than_a_number_is_an_instance(tenant, instance):
    write(tenant, None, document({TEMPERATURE: {"": instance}}))
    assert observations(tenant) == []
    kept = {member: value for member, value in instance.items() if member not in ("createdAt", "modifiedAt")}
    assert instances(tenant) == [kept]


def test_numbers_by_dataset_and_unit_are_series_of_their_own(tenant):
    sensor = "urn:ngsi-ld:Dataset:roof"
    first = document({TEMPERATURE: {"": number(1, unitCode="CEL"), sensor: number(2, datasetId=sensor)}})
    write(tenant, None, first)
    second = document({TEMPERATURE: {"": number(300, 1, unitCode="KEL"), sensor: number(3, 1, datasetId=sensor)}})
    write(tenant, first, second)
    found = observations(tenant)
    assert [value for _, value in found] in ([1, 2, 300, 3], [2, 1, 3, 300], [1, 2, 3, 300], [2, 1, 300, 3])
    assert len({key for key, _ in found}) == 3


def test_a_deleted_attribute_leaves_an_instance_that_says_so(tenant):
    first = document({STATE: {"": stamped(value="open")}, TEMPERATURE: {"": number(1)}})
    write(tenant, None, first)
    write(tenant, first, document({TEMPERATURE: {"": number(1)}}))
    gone = instances(tenant)[-1]
    assert gone["value"] == "urn:ngsi-ld:null"
    assert "deletedAt" in gone


def test_a_deleted_entity_keeps_its_history_and_the_time_it_went(tenant):
    first = document({TEMPERATURE: {"": number(1)}})
    write(tenant, None, first)
    write(tenant, first, None)
    assert len(observations(tenant)) == 1
    assert sql.rows("SELECT deleted_at IS NOT NULL FROM context_temporalentity WHERE tenant_id = %s", [tenant]) == [
        (True,)
    ]
    write(tenant, None, first)
    assert sql.rows("SELECT deleted_at FROM context_temporalentity WHERE tenant_id = %s", [tenant]) == [(None,)]


def test_a_series_follows_its_entity(tenant, people):
    first = document({TEMPERATURE: {"": number(1)}, LOCATION: {"": place(3.7)}})
    write(tenant, None, first)
    write(tenant, first, document({TEMPERATURE: {"": number(1)}, LOCATION: {"": place(3.8)}}))
    [series] = series_of_entities(people.nobody, [ID])
    assert series.lon == 3.8


def test_an_observation_that_comes_late_keeps_the_time_it_came(tenant):
    old = stamped(value=1, observedAt="2024-02-29T00:00:00.000000Z")
    write(tenant, None, document({TEMPERATURE: {"": old}}))
    [(moments, recorded_at)] = sql.rows("SELECT moments, recorded_at FROM context_lateobservations")
    assert moments == [datetime(2024, 2, 29, tzinfo=UTC)]
    assert now() - recorded_at < timedelta(minutes=1)
