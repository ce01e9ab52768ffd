"""Ready kinds: GTFS-Realtime vehicles, GBFS stations and live parking, from payloads made here to the map."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2

from spiegelstad.accounts.public import Actor
from spiegelstad.context import public as context
from spiegelstad.ingest import public as ingest
from spiegelstad.ingest.testing import LICENCE, make_run, make_source, write_city, write_data
from spiegelstad.ingest.vocabulary import RunState
from spiegelstad.mirror import public as mirror

NOON = 1772366400  # 2026-03-01T12:00:00Z
COMMON: dict[str, Any] = {
    "title": {"nl": "Nu", "en": "Now"},
    "description": {"nl": "Wat er nu is.", "en": "What is there now."},
    "publisher": "Vervoer",
    "department": "mobiliteit",
    "theme": "mobility",
    "licence": LICENCE,
}


def vehicles_feed(*, bad: bool = False) -> bytes:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = NOON
    for number, (lon, lat) in enumerate([(3.72, 51.05), (3.73, 51.06), (4.4, 51.2)]):
        vehicle = feed.entity.add(id=f"e{number}").vehicle
        vehicle.vehicle.id = f"bus-{number}"
        vehicle.vehicle.label = f"Bus {number}"
        vehicle.trip.route_id = "5"
        vehicle.position.longitude, vehicle.position.latitude = lon, lat
        vehicle.timestamp = NOON + number
        if number == 1:
            vehicle.position.speed = 500 if bad else 8.5
    feed.entity.add(id="gone", is_deleted=True)
    feed.entity.add(id="late").trip_update.trip.trip_id = "t1"
    stop = feed.entity[-1].trip_update.stop_time_update.add(stop_id="s9")
    stop.arrival.delay = 120
    content: bytes = feed.SerializeToString()
    return content


def station_feeds(version: int) -> dict[str, dict[str, Any]]:
    name: Any = "Station Zuid" if version == 2 else [{"text": "Station Zuid", "language": "nl"}]
    available = "num_bikes_available" if version == 2 else "num_vehicles_available"
    reported: Any = NOON if version == 2 else "2026-03-01T12:00:00Z"
    information = {"station_id": "a", "name": name, "lon": 3.72, "lat": 51.05, "capacity": 20}
    status = {"station_id": "a", available: 7, "num_docks_available": 13, "is_renting": True, "last_reported": reported}
    return {
        "station_information": {"last_updated": reported, "data": {"stations": [information]}},
        "station_status": {"last_updated": reported, "data": {"stations": [status, {"station_id": "unknown"}]}},
    }


def values(tenant: str) -> dict[str, float]:
    by = Actor.system(tenant, "tests")
    return {one.key: one.value for one in mirror.latest(by) if one.value is not None}


def test_vehicles_of_gtfs_realtime_become_entities_that_move(tenant, folder):
    write_data("vehicles.pb", vehicles_feed())
    definition = {"source": "buses", **COMMON, "kind": "gtfs-realtime-vehicles", "where": {"file": "vehicles.pb"}}
    run = make_run(tenant, folder, definition)
    assert (run.state, run.accepted, run.skipped) == (RunState.SUCCEEDED, 2, 1), run.error
    found = {one.id: one for one in context.entities(Actor.system(tenant, "tests"), type="Vehicle")}
    bus = found["urn:ngsi-ld:Vehicle:buses:bus-1"]
    assert (bus.name, bus.lon, bus.lat, bus.attributes["route"]) == (
        "Bus 1",
        pytest.approx(3.73),
        pytest.approx(51.06),
        "5",
    )
    assert values(tenant) == {"speed:buses:bus-1": 8.5}
    [latest] = [one for one in mirror.latest(Actor.system(tenant, "tests")) if one.value is not None]
    assert latest.observed_at == datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)


def test_vehicle_faster_than_sound_goes_to_quarantine(tenant, folder):
    write_data("vehicles.pb", vehicles_feed(bad=True))
    definition = {"source": "buses", **COMMON, "kind": "gtfs-realtime-vehicles", "where": {"file": "vehicles.pb"}}
    definition["quarantine"] = {"share": 1}
    run = make_run(tenant, folder, definition)
    assert (run.accepted, run.quarantined) == (1, 1)


def test_stops_of_gtfs_realtime_are_rows(tenant, folder):
    write_data("vehicles.pb", vehicles_feed())
    columns = {
        "trip": {"from": "trip.trip_id", "required": True},
        "stop": {"from": "stop.stop_id"},
        "delay": {"from": "stop.arrival.delay", "type": "integer", "unit": "SEC"},
    }
    form = {"type": "gtfs-realtime", "records": "stops"}
    definition = {"source": "delays", **COMMON, "format": form, "where": {"file": "vehicles.pb"}, "columns": columns}
    assert make_run(tenant, folder, definition).accepted == 1


def test_file_that_is_no_feed_fails_with_a_sentence(tenant, folder):
    write_data("vehicles.pb", b"<html>no</html>")
    definition = {"source": "buses", **COMMON, "kind": "gtfs-realtime-vehicles", "where": {"file": "vehicles.pb"}}
    run = make_run(tenant, folder, definition)
    assert run.state is RunState.FAILED and "no GTFS-Realtime feed" in run.error


@pytest.mark.parametrize("version", [2, 3])
def test_stations_of_gbfs_become_entities_with_series(tenant, folder, version):
    for name, feed in station_feeds(version).items():
        write_data(f"bikes/{name}.json", json.dumps(feed))
    definition = {"source": "bikes", **COMMON, "kind": "gbfs-stations", "where": {"file": "bikes/*.json"}}
    run = make_run(tenant, folder, definition)
    assert run.state is RunState.SUCCEEDED, run.error
    [station] = context.entities(Actor.system(tenant, "tests"), type="BikeHireDockingStation")
    assert (station.name, station.attributes["capacity"]) == ("Station Zuid", 20)
    assert values(tenant) == {"vehicles:bikes:a": 7, "docks:bikes:a": 13}


@pytest.mark.parametrize("version", [2, 3])
def test_feeds_of_gbfs_are_found_by_the_discovery_file(tenant, folder, version, httpd):
    feeds = station_feeds(version)
    listed = {"feeds": [{"name": name, "url": httpd.url(f"/{name}")} for name in feeds]}
    httpd.serve("/gbfs.json", {"data": {"nl": listed} if version == 2 else listed})
    for name, feed in feeds.items():
        httpd.serve(f"/{name}", feed)
    where = {"gbfs": {"url": httpd.url("/gbfs.json")}}
    run = make_run(tenant, folder, {"source": "bikes", **COMMON, "kind": "gbfs-stations", "where": where})
    assert run.state is RunState.SUCCEEDED, run.error
    assert values(tenant)["vehicles:bikes:a"] == 7


def test_feed_at_a_host_that_is_not_named_is_refused(tenant, folder, httpd):
    listed = [{"name": name, "url": f"http://elsewhere.example/{name}"} for name in station_feeds(3)]
    httpd.serve("/gbfs.json", {"data": {"feeds": listed}})
    where = {"gbfs": {"url": httpd.url("/gbfs.json")}}
    run = make_run(tenant, folder, {"source": "bikes", **COMMON, "kind": "gbfs-stations", "where": where})
    assert run.state is RunState.FAILED and run.error_kind == "host-not-allowed"


def test_live_parking_becomes_entities_with_occupation(tenant, folder, httpd):
    garage = {"name": "Vrijdagmarkt", "lastupdate": "2026-03-01T12:00:00+00:00", "totalcapacity": 600}
    garage |= {"occupation": 71, "availablecapacity": 174, "location": {"lon": 3.725, "lat": 51.056}}
    httpd.serve("/api/explore/v2.1/catalog/datasets/garages/records", {"total_count": 1, "results": [garage]})
    where = {"opendatasoft": {"domain": httpd.url(""), "dataset": "garages", "mode": "records"}}
    run = make_run(tenant, folder, {"source": "parking", **COMMON, "kind": "opendatasoft-parking", "where": where})
    assert run.state is RunState.SUCCEEDED, run.error
    [entity] = context.entities(Actor.system(tenant, "tests"), type="OffStreetParking")
    assert (entity.name, entity.attributes["capacity"]) == ("Vrijdagmarkt", 600)
    assert values(tenant) == {"parking:parking:Vrijdagmarkt": 71}


def test_own_keys_go_before_those_of_the_kind(tenant, folder):
    write_data("vehicles.pb", vehicles_feed())
    definition = {"source": "buses", **COMMON, "kind": "gtfs-realtime-vehicles", "where": {"file": "vehicles.pb"}}
    definition |= {
        "keep": [{"column": "route", "values": ["6"]}],
        "columns": {"line": {"from": "vehicle.trip.route_id"}},
    }
    run = make_run(tenant, folder, definition)
    assert (run.accepted, run.skipped) == (0, 3)


def test_unknown_kind_is_a_problem_with_its_line(folder):
    write_city(folder, {"source": "buses", **COMMON, "kind": "buses", "where": {"file": "vehicles.pb"}})
    problems = ingest.check(folder)
    assert any(problem.key == "kind" and "gtfs-realtime-vehicles" in problem.remedy for problem in problems)


def test_second_source_of_a_kind_has_entities_of_its_own(tenant, folder):
    write_data("vehicles.pb", vehicles_feed())
    ready = {**COMMON, "kind": "gtfs-realtime-vehicles", "where": {"file": "vehicles.pb"}}
    by = make_source(tenant, folder, {"source": "trams", **ready}, {"source": "buses", **ready})
    for slug in ("trams", "buses"):
        ingest.run_source(by=by, slug=slug)
    assert len(context.entities(by, type="Vehicle")) == 4
