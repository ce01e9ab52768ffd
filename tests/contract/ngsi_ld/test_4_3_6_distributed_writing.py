"""Writing to two cities at once: clauses 4.3.6.2, 4.3.6.3 and 5.6 where sources hold parts, over a live server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.context.models import Entity, Registration
from spiegelstad.context.queries.entities import get
from spiegelstad.context.queries.identity import source_alias
from spiegelstad.context.testing import make_entity

CAR, BUS = "urn:ngsi-ld:Car:1", "urn:ngsi-ld:Bus:1"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
SPEED = {"entities": [{"type": "Car"}], "propertyNames": ["speed"]}


@dataclass
class Pair:
    """`broker` writes in `tenant`, and passes parts on to `city`, whose key it has."""

    broker: Any
    tenant: str
    city: str
    url: str
    key: str

    def register(self, mode: str, *information: dict[str, Any], **members: Any) -> str:
        """Register the city's broker with what it has, cars by default; it offers all that changes entities."""
        body = {
            "type": "ContextSourceRegistration",
            "endpoint": self.url,
            "tenant": self.city,
            "contextSourceAlias": source_alias(self.city),
            "contextSourceInfo": [{"key": "Authorization", "value": f"Bearer {self.key}"}],
            "information": list(information) or [{"entities": [{"type": "Car"}]}],
            "mode": mode,
            "operations": ["redirectionOps"],
            **members,
        }
        answer = self.broker.post("csourceRegistrations", body)
        assert answer.status_code == 201, answer.content
        return str(answer.headers["Location"].rpartition("/")[2])

    def here(self, entity_id: str = CAR) -> dict[str, Any] | None:
        """Return what the broker itself keeps of an entity: its values by name."""
        return _values(self.tenant, entity_id)

    def there(self, entity_id: str = CAR) -> dict[str, Any] | None:
        """Return what the city keeps of it."""
        return _values(self.city, entity_id)


def _values(tenant: str, entity_id: str) -> dict[str, Any] | None:
    found = get(Actor.system(tenant, "tests"), entity_id)
    if found is None:
        return None
    return {iri.removeprefix(DEFAULT): one[""]["value"] for iri, one in found.attributes.items()}


@pytest.fixture
def pair(live_server, broker, tenant, other_tenant) -> Pair:
    """A broker that passes writes on to another city."""
    return Pair(broker, tenant, other_tenant, live_server.url, make_key(other_tenant, ["context:write"])[0])


def test_5_6_1_create_in_an_inclusive_source_too(pair):
    pair.register("inclusive", SPEED)
    pair.broker.made(speed=30, fuel="gas")
    assert pair.here() == {"speed": 30, "fuel": "gas"}
    assert pair.there() == {"speed": 30}


def test_5_6_1_create_in_a_redirected_source_only(pair):
    pair.register("redirect")
    pair.broker.made(speed=30)
    pair.broker.made(BUS, "Bus", speed=20)
    assert (pair.here(), pair.there()) == (None, {"speed": 30})
    assert (pair.here(BUS), pair.there(BUS)) == ({"speed": 20}, None)
    assert pair.broker.shown(CAR, format="simplified") == {"id": CAR, "type": "Car", "speed": 30}


def test_5_6_1_create_leaves_to_an_exclusive_source_what_is_its_own(pair):
    pair.register("exclusive", {"entities": [{"type": "Car", "id": CAR}], "propertyNames": ["speed"]})
    pair.broker.made(speed=30, fuel="gas")
    assert (pair.here(), pair.there()) == ({"fuel": "gas"}, {"speed": 30})
    shown = pair.broker.shown(CAR, format="simplified")
    assert shown == {"id": CAR, "type": "Car", "speed": 30, "fuel": "gas"}


def test_5_6_1_create_done_in_part_is_told(pair):
    make_entity(pair.city, id=CAR, type="Car")
    name = pair.register("inclusive")
    answer = pair.broker.post("entities", {"id": CAR, "type": "Car", "speed": 30})
    assert answer.status_code == 207 and pair.here() == {"speed": 30}
    [error] = answer.json()["errors"]
    assert answer.json()["success"] == [CAR]
    assert (error["entityId"], error["registrationId"], error["error"]["status"]) == (CAR, name, 409)
    assert error["error"]["type"].endswith("AlreadyExists")


def test_5_6_1_create_where_a_redirection_refuses_is_an_error(pair, error_of):
    make_entity(pair.city, id=CAR, type="Car")
    pair.register("redirect")
    assert error_of(pair.broker.post("entities", {"id": CAR, "type": "Car", "speed": 30})) == (409, "AlreadyExists")
    assert pair.here() is None


def test_5_6_1_create_where_a_redirection_does_not_offer_it(pair, error_of):
    pair.register("redirect", operations=["retrieveOps"])
    assert error_of(pair.broker.post("entities", {"id": CAR, "type": "Car", "speed": 30})) == (409, "Conflict")
    pair.broker.made(BUS, "Bus")


def test_5_6_1_create_only_here_when_local_or_not_offered(pair):
    pair.register("inclusive", operations=["retrieveOps"])
    pair.broker.made(speed=30)
    pair.register("inclusive")
    answer = pair.broker.post("entities", {"id": "urn:ngsi-ld:Car:2", "type": "Car"}, params={"local": "true"})
    assert answer.status_code == 201
    assert pair.there() is None and pair.there("urn:ngsi-ld:Car:2") is None


def test_5_6_1_create_where_nobody_answers(pair, error_of):
    pair.register("redirect", endpoint="http://127.0.0.1:1")
    answer = pair.broker.post("entities", {"id": CAR, "type": "Car"})
    assert answer.status_code == 504 and not Entity.objects.exists()


def test_5_6_1_create_in_the_words_of_an_inline_context(pair):
    pair.register("redirect", {"entities": [{"type": "https://example.org/Car"}]})
    context = {"Wagen": "https://example.org/Car", "speed": "https://example.org/speed"}
    body = {"id": CAR, "type": "Wagen", "speed": {"type": "VocabProperty", "vocab": "Wagen"}, "@context": context}
    assert pair.broker.post("entities", body, type="application/ld+json").status_code == 201
    found = get(Actor.system(pair.city, "tests"), CAR)
    assert found.types == ["https://example.org/Car"]
    assert found.attributes["https://example.org/speed"][""]["vocab"] == "https://example.org/Car"


def test_5_6_6_delete_everywhere(pair):
    pair.register("inclusive")
    pair.broker.made(speed=30)
    assert pair.broker.delete(f"entities/{CAR}").status_code == 204
    assert pair.here() is None and pair.there() is None


def test_5_6_6_delete_what_only_a_source_has(pair, error_of):
    make_entity(pair.city, id=CAR, type="Car")
    pair.register("inclusive")
    assert pair.broker.delete(f"entities/{CAR}").status_code == 204
    assert error_of(pair.broker.delete(f"entities/{CAR}")) == (404, "ResourceNotFound")


@pytest.fixture
def split(pair):
    """A car whose speed is in the city alone, and whose fuel is here."""
    pair.register("exclusive", {"entities": [{"type": "Car", "id": CAR}], "propertyNames": ["speed"]})
    pair.broker.made(speed=30, fuel="gas")
    return pair


def test_5_6_17_merge_in_parts(split):
    assert split.broker.patch(f"entities/{CAR}", {"speed": {"value": 40}, "fuel": {"value": "oil"}}).status_code == 204
    assert (split.here(), split.there()) == ({"fuel": "oil"}, {"speed": 40})


def test_5_6_18_replace_in_parts(split):
    body = {"type": "Car", "speed": 50, "doors": 3}
    assert split.broker.put(f"entities/{CAR}", body).status_code == 204
    assert (split.here(), split.there()) == ({"doors": 3}, {"speed": 50})


def test_5_6_3_append_in_parts(split):
    assert split.broker.post(f"entities/{CAR}/attrs", {"speed": 50, "doors": 3}).status_code == 204
    assert (split.here(), split.there()) == ({"fuel": "gas", "doors": 3}, {"speed": 50})


def test_5_6_2_update_in_parts(split):
    assert split.broker.patch(f"entities/{CAR}/attrs", {"speed": 50, "fuel": "oil"}).status_code == 204
    assert (split.here(), split.there()) == ({"fuel": "oil"}, {"speed": 50})


def test_5_6_2_update_done_in_part_is_told(split):
    Registration.objects.update(document={**Registration.objects.get().document, "operations": ["retrieveOps"]})
    answer = split.broker.patch(f"entities/{CAR}/attrs", {"speed": 50, "fuel": "oil"})
    assert answer.status_code == 207 and split.here() == {"fuel": "oil"}
    assert answer.json()["updated"] == [f"{DEFAULT}fuel"]
    assert [one["attributeName"] for one in answer.json()["notUpdated"]] == [f"{DEFAULT}speed"]


def test_5_6_4_update_of_an_attribute_goes_where_it_is(split):
    assert split.broker.patch(f"entities/{CAR}/attrs/speed", {"value": 60}).status_code == 204
    assert split.broker.put(f"entities/{CAR}/attrs/fuel", {"type": "Property", "value": "oil"}).status_code == 204
    assert (split.here(), split.there()) == ({"fuel": "oil"}, {"speed": 60})


def test_5_6_5_delete_of_an_attribute_goes_where_it_is(split):
    assert split.broker.delete(f"entities/{CAR}/attrs/speed").status_code == 204
    assert (split.here(), split.there()) == ({"fuel": "gas"}, {})


def test_4_3_6_3_what_an_entity_is_here_tells_which_sources_are_about_it(pair):
    pair.register("redirect")
    pair.broker.made(BUS, "Bus", speed=20)
    assert pair.broker.patch(f"entities/{BUS}/attrs", {"speed": 25}).status_code == 204
    assert pair.broker.delete(f"entities/{BUS}").status_code == 204
    assert pair.here(BUS) is None


def test_policy_who_may_not_write_here_writes_nowhere(pair, reader):
    """The credentials for a source are not for whoever passes by."""
    pair.register("redirect")
    assert reader.post("entities", {"id": CAR, "type": "Car"}).status_code in (401, 403)
    assert pair.there() is None
    pair.broker.made()
    assert reader.delete(f"entities/{CAR}").status_code in (401, 403)
    assert pair.there() == {}


def test_6_3_18_a_write_that_comes_back_is_refused(pair):
    pair.register("redirect", contextSourceAlias="unknown")
    other = replace(pair.broker, key=pair.key)
    back = make_key(pair.tenant, ["context:write"])[0]
    answer = other.post(
        "csourceRegistrations",
        {
            "type": "ContextSourceRegistration",
            "endpoint": pair.url,
            "tenant": pair.tenant,
            "contextSourceInfo": [{"key": "Authorization", "value": f"Bearer {back}"}],
            "information": [{"entities": [{"type": "Car"}]}],
            "mode": "redirect",
            "operations": ["redirectionOps"],
        },
    )
    assert answer.status_code == 201
    assert pair.broker.post("entities", {"id": CAR, "type": "Car"}).status_code == 508
    assert not Entity.objects.exists()
