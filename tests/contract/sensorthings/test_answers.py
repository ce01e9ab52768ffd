"""What is answered to what cannot be done: the status codes of the standard, and never a 500."""

from typing import Any

import pytest
from django.test import Client

from spiegelstad.sensorthings.testing import ROOT, STREAM, THING, Api


def send(api: Api, method: str, path: str, body: bytes, content_type: str = "application/json") -> Any:
    headers = {"Authorization": f"Bearer {api.key}", "Host": "localhost"}
    client = Client(raise_request_exception=False)
    return client.generic(method, ROOT + path, body, content_type=content_type, headers=headers)


@pytest.mark.parametrize("id_", ["{stream}--99999999999999999", "999999999999999999-1", "{stream}-99999999999999999"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_observations_of_impossible_moments_and_numbers_are_not_there(
    api: Api, stream: int, id_: str, method: str
) -> None:
    answer = send(api, method, f"/Observations('{id_.format(stream=stream)}')", b"{}")
    assert answer.status_code == 404, answer.content


def test_a_datastream_beyond_all_numbers_is_not_there(api: Api, stream: int) -> None:
    body = b'{"result": 1, "Datastream": {"@iot.id": 999999999999999999}}'
    assert send(api, "POST", "/Observations", body).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/Datastreams(9999)/Observations", {"result": 1}),
        ("/Things(9999)/Datastreams", STREAM),
        ("/Things(9999)/Locations", THING["Locations"][0]),
        ("/Things(9999)/Datastreams(1)/Observations", {"result": 1}),
    ],
)
def test_what_is_made_under_nothing_is_not_found(api: Api, path: str, body: dict[str, Any]) -> None:
    assert api.call("POST", path, body).status_code == 404
    assert api.get("/Locations")["value"] == []


def test_a_body_that_is_wrong_under_something_is_refused(api: Api, stream: int) -> None:
    assert api.call("POST", f"/Datastreams({stream})/Observations", {}).status_code == 400


@pytest.mark.parametrize("option", ["$search", "$format", "$apply", "$compute", "$skiptoken"])
def test_options_of_odata_that_are_not_served_are_said_to_be_so(api: Api, option: str) -> None:
    answer = api.call("GET", "/Things", **{option: "x"})
    assert answer.status_code == 501
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert api.call("GET", "/Things", **{"$unheardof": "x"}).status_code == 400


def test_batches_are_not_served(api: Api) -> None:
    assert api.call("POST", "/$batch", {"requests": []}).status_code == 501
    assert not any("batch" in one for one in api.get("")["serverSettings"]["conformance"])


@pytest.mark.parametrize("type_", ["application/merge-patch+json", "application/json-patch+json", "text/plain"])
def test_bodies_of_other_kinds_are_not_taken_for_what_they_are_not(api: Api, type_: str) -> None:
    own = f"/Things({api.post('/Things', THING)['@iot.id']})"
    assert send(api, "PATCH", own, b'{"properties": {"owner": "Nobody"}}', type_).status_code == 415
    assert api.get(own)["properties"] == THING["properties"]
    assert send(api, "PATCH", own, b'{"name": "Roof"}', "application/json; charset=utf-8").status_code == 200


def test_rows_that_cannot_be_taken_are_an_error_in_their_place(api: Api, stream: int) -> None:
    rows = [["2026-03-01T12:00:00Z", 1], ["no time", 2], ["2026-03-01T12:02:00Z", 3]]
    body = [{"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": rows}]
    first, second, third = api.post("/CreateObservations", body)
    assert second == "error"
    assert [api.get(link)["result"] for link in (first, third)] == [1, 3]
