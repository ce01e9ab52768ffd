"""Delete Entity: clause 5.6.6, binding 6.5.3.2."""

from typing import Any


def test_5_6_6_delete_entity_answers_204_and_it_is_gone(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    answer = broker.delete("entities/urn:ngsi-ld:Car:1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(broker.get("entities/urn:ngsi-ld:Car:1")) == (404, "ResourceNotFound")
    assert error_of(broker.delete("entities/urn:ngsi-ld:Car:1")) == (404, "ResourceNotFound")
    broker.made(speed=2)


def test_5_6_6_delete_entity_with_an_id_that_is_no_uri_is_bad_request(broker: Any, error_of: Any) -> None:
    assert error_of(broker.delete("entities/car")) == (400, "BadRequestData")


def test_5_6_6_delete_entity_of_another_type_is_not_found(broker: Any, error_of: Any) -> None:
    broker.made()
    refused = broker.delete("entities/urn:ngsi-ld:Car:1", params={"type": "Bus"})
    assert error_of(refused) == (404, "ResourceNotFound")
    assert broker.delete("entities/urn:ngsi-ld:Car:1", params={"type": "Bus|Car"}).status_code == 204


def test_5_6_6_delete_entity_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made()
    assert reader.delete("entities/urn:ngsi-ld:Car:1").status_code == 401
    assert reader.delete("entities/urn:ngsi-ld:Car:2").status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1")["id"] == "urn:ngsi-ld:Car:1"
