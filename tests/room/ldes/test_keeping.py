"""What must go goes, and what was promised stays: deleted versions, retention, closing, a builder that is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import orjson
import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Dataset
from spiegelstad.context import public as context
from spiegelstad.ldes import keeping, models
from spiegelstad.ldes.actions import appending, datasets
from spiegelstad.ldes.actions.datasets import build_dataset
from spiegelstad.ldes.actions.entities import follow
from spiegelstad.ldes.rules import paging

STREAM = "/streams/datasets/trees"
FIRST = {str(number): ("eik", 3.7 + number / 100, 51.05) for number in range(7)}
KIND = "http://testserver/data/trees#kind"
Walker = Callable[..., Any]


def _delete(trees: Any, version: Any) -> None:
    catalogue.delete_version(by=Actor.system(trees.tenant_id, "tests"), version_id=version.id, reason="a mistake")
    build_dataset(trees.tenant_id, "trees")


def _names(found: Any) -> list[str]:
    return sorted(member.rpartition("/")[2] for member in found.members)


@pytest.mark.django_db
def test_what_a_version_said_goes_when_it_is_put_right_before_the_stream_heard_of_it(trees: Any, walk: Walker) -> None:
    """Deleted and published again within a moment, under the number that it had, it would be taken for told."""
    trees.publish(FIRST)
    mistake = trees.publish({**FIRST, "8": ("geheim", 3.7, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    catalogue.delete_version(by=Actor.system(trees.tenant_id, "tests"), version_id=mistake.id, reason="a mistake")
    trees.publish({**FIRST, "8": ("es", 3.7, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    kinds = {kind for facts in walk(f"{STREAM}/time").facts.values() for kind in facts.get(KIND, [])}
    assert kinds == {"eik", "es"}


@pytest.mark.django_db
def test_what_came_after_a_deleted_version_is_told_version_by_version(trees: Any, walk: Walker) -> None:
    trees.publish(FIRST)
    mistake = trees.publish({**FIRST, "1": ("geheim", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    catalogue.delete_version(by=Actor.system(trees.tenant_id, "tests"), version_id=mistake.id, reason="a mistake")
    for kind in ("es", "beuk"):
        trees.publish({**FIRST, "1": (kind, 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    found = walk(f"{STREAM}/time")
    assert [facts[KIND] for name, facts in sorted(found.facts.items()) if "/rows/1#" in name] == [
        ["eik"],
        ["es"],
        ["beuk"],
    ]


@pytest.mark.django_db
def test_what_only_a_deleted_version_said_goes(
    trees: Any, walk: Walker, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is still so keeps its member; pages under which something went lead to what stayed."""
    monkeypatch.setattr(paging, "MEMBERS", 3)
    first = trees.publish(FIRST)
    trees.publish({**FIRST, "1": ("beuk", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    before = walk(f"{STREAM}/time")
    _delete(trees, first)
    after = walk(f"{STREAM}/time")
    assert _names(after) == sorted([f"{n}#version-1" for n in range(7) if n != 1] + ["1#version-2"])
    assert sorted(walk(f"{STREAM}/place").members) == sorted(after.members)
    for address in set(before.nodes) - set(after.nodes):
        answer = client.get(address, headers={"accept": "application/n-quads"})
        assert answer.status_code == 302 and answer.headers["Location"] in after.nodes
    assert all(
        after.nodes[address] == content for address, content in before.immutable.items() if address in after.nodes
    )


@pytest.mark.django_db
def test_deleted_current_version_takes_back_what_it_said(trees: Any, walk: Walker) -> None:
    trees.publish(FIRST)
    second = trees.publish({"1": ("beuk", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    assert len(walk(f"{STREAM}/time").members) == 14
    _delete(trees, second)
    assert _names(walk(f"{STREAM}/time")) == [f"{number}#version-1" for number in range(7)]


@pytest.mark.django_db
def test_destroyed_and_closed_datasets_have_no_stream(trees: Any, client: Any) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    page = models.Page.objects.order_by("number")[0]
    address = f"{STREAM}/time/{page.branch}/{page.number}"
    assert client.get(address).status_code == 200
    row = Dataset.objects.get(slug="trees")
    row.classification, row.classification_reason = "internal", "It names people."
    row.save()
    assert [client.get(path).status_code for path in (address, STREAM, f"{STREAM}/place")] == [404] * 3
    assert b"trees" not in client.get("/streams", headers={"accept": "text/turtle"}).content
    build_dataset(trees.tenant_id, "trees")
    assert not models.Member.objects.exists()
    row.classification, row.classification_reason = "public", ""
    row.save()
    assert build_dataset(trees.tenant_id, "trees") == 7
    assert client.get(address).status_code == 410  # and no new page has its number
    row.status = catalogue.Status.DESTROYED
    row.save()
    build_dataset(trees.tenant_id, "trees")
    assert not models.Member.objects.exists() and not models.Page.objects.exists()
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_retention_keeps_the_latest_and_says_so(
    tenant: str, walk: Walker, reader: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rdflib import URIRef

    monkeypatch.setattr(paging, "MEMBERS", 2)
    Tenant.objects.filter(id=tenant).update(settings={"streams": {"days": 30}})
    by = Actor.system(tenant, "tests")
    for turn in range(5):
        for name in ("P1", "P2"):
            given = context.EntityIn(id=f"urn:ngsi-ld:Car:{name}", type="Car", name="x", attributes={"speed": turn})
            context.upsert_entities(by=by, entities=[given])
    context.delete_entity(by=by, entity_id="urn:ngsi-ld:Car:P2")
    follow()
    assert keeping.apply_retention(tenant, now() + timedelta(days=29)) == 0
    assert len(walk("/streams/types/Car/time").members) == 11
    assert keeping.apply_retention(tenant, now() + timedelta(days=31)) == 10
    found = walk("/streams/types/Car/time")
    assert [facts["https://uri.etsi.org/ngsi-ld/default-context/speed"] for facts in found.facts.values()] == [["4"]]
    _, root = reader("/streams/types/Car/time")
    policy = root.value(
        URIRef("http://testserver/streams/types/Car/time"), URIRef("https://w3id.org/ldes#retentionPolicy")
    )
    told = {str(predicate).rpartition("#")[2]: str(value) for predicate, value in root.predicate_objects(policy)}
    assert told["fullLogDuration"] == told["versionDeleteDuration"] == "P30D" and told["versionAmount"] == "1"


@pytest.mark.django_db
def test_legal_hold_stops_retention(trees: Any) -> None:
    trees.publish(FIRST)
    trees.publish({"1": ("beuk", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    Dataset.objects.filter(slug="trees").update(retention_days=1, legal_hold="A court asked for it.")
    assert keeping.apply_retention(trees.tenant_id, now() + timedelta(days=9)) == 0
    Dataset.objects.filter(slug="trees").update(legal_hold="")
    assert keeping.apply_retention(trees.tenant_id, now() + timedelta(days=9)) == 13  # what is gone goes too


def _kill_after(rows: int) -> Callable[..., Any]:
    """Return a way of writing that ends the process, without any farewell, at a row."""
    inner = appending._rows

    def counted(*given: Any) -> Any:
        for number, row in enumerate(inner(*given)):
            if number == rows:
                os.kill(os.getpid(), signal.SIGKILL)
            yield row

    return counted


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [0, 5])
def test_killed_builder_loses_nothing_and_doubles_nothing(
    trees: Any, walk: Walker, in_child: Any, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    trees.publish(FIRST)
    with monkeypatch.context() as killing:
        killing.setattr(appending, "_rows", _kill_after(rows))
        assert in_child(lambda: build_dataset(trees.tenant_id, "trees")) == -signal.SIGKILL
    assert not models.Member.objects.exists()
    assert build_dataset(trees.tenant_id, "trees") == 7
    assert len(set(walk(f"{STREAM}/time").members)) == 7


@pytest.mark.django_db(transaction=True)
def test_killed_follower_loses_nothing_and_doubles_nothing(
    tenant: str, walk: Walker, in_child: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies after the members, before the place in the log: both go."""
    for turn in range(4):
        given = context.EntityIn(id="urn:ngsi-ld:Car:P1", type="Car", name="x", attributes={"speed": turn})
        context.upsert_entities(by=Actor.system(tenant, "tests"), entities=[given])
    with monkeypatch.context() as killing:
        killing.setattr(context.LogReader, "move", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        assert in_child(follow) == -signal.SIGKILL
    assert not models.Member.objects.exists()
    assert follow() == 4 and follow() == 0
    assert len(set(walk("/streams/types/Car/time").members)) == 4


@pytest.mark.django_db
def test_row_that_comes_back_is_told_again(trees: Any, walk: Walker) -> None:
    trees.publish(FIRST)
    trees.publish({"1": FIRST["1"]})
    trees.publish(FIRST)
    assert build_dataset(trees.tenant_id, "trees") == 7 + 6 + 6
    assert len(walk(f"{STREAM}/time").members) == 19
    assert datasets.key_of(catalogue.dataset(Actor.system(trees.tenant_id, "tests"), "trees").columns) == "number"


@pytest.mark.django_db
def test_commands_build_and_tell_how_far_streams_are(trees: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from spiegelstad.base import command_line
    from spiegelstad.project.cli import cli

    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    trees.publish(FIRST)
    done = CliRunner().invoke(cli, ["ldes", "build"])
    assert done.exit_code == 0 and "7 new members." in done.stdout
    assert orjson.loads(CliRunner().invoke(cli, ["ldes", "build", "--json"]).stdout) == {"members": 0}
    told = CliRunner().invoke(cli, ["ldes", "status", "--city", trees.tenant_id])
    assert "datasets/trees  7 members" in told.stdout
