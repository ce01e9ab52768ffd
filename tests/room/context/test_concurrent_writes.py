"""Two who make or change the same entity at the same time."""

import os
import time
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.context.actions.batches import batch_create, batch_upsert
from spiegelstad.context.actions.entities import append_attributes, create_entity
from spiegelstad.context.actions.writing import lock
from spiegelstad.context.errors import AlreadyExists
from spiegelstad.context.models import ContextEvent
from spiegelstad.context.testing import make_document, make_entity

pytestmark = pytest.mark.django_db(transaction=True)
BY = Actor.system("samen", "tests")
SPEED = "https://uri.etsi.org/ngsi-ld/default-context/speed"


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run works at the same time, each on a connection of its own; return what each returned or raised."""
    found: list[Any] = [None] * len(works)
    barrier = Barrier(len(works))

    def run(index: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            found[index] = work()
        except Exception as error:
            found[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def kinds(entity_id: str) -> list[str]:
    return list(ContextEvent.objects.filter(entity_id=entity_id).order_by("sequence").values_list("kind", flat=True))


@pytest.mark.parametrize("number", range(3))
def test_one_of_several_creates_wins_and_the_others_are_told(number: int) -> None:
    make_tenant("samen")
    document = make_document({"id": f"urn:x:{number}", "speed": 1})
    found = together(*[lambda: create_entity(by=BY, document=document)] * 3)
    assert sorted(type(one).__name__ for one in found) == ["AlreadyExists", "AlreadyExists", "NoneType"]
    assert kinds(document.id) == ["entityCreated"]


def test_create_that_waited_for_another_sees_it() -> None:
    make_tenant("samen")
    document = make_document({"id": "urn:x:1", "speed": 1})
    waiting: list[Any] = []

    def second() -> None:
        try:
            create_entity(by=BY, document=document)
        except AlreadyExists as error:
            waiting.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        create_entity(by=BY, document=document)
        thread = Thread(target=second)
        thread.start()
        time.sleep(0.3)
        assert waiting == [] and thread.is_alive()
    thread.join(timeout=30)
    assert len(waiting) == 1


def test_batches_with_the_same_entities_in_any_order_all_succeed() -> None:
    make_tenant("samen")
    documents = [make_document({"id": f"urn:x:{n}", "speed": n}) for n in range(50)]
    works = [
        lambda order=order: batch_upsert(by=BY, documents=order)
        for order in (documents, documents[::-1], documents[25:] + documents[:25], documents)
    ]
    for result in together(*works):
        assert not result.errors and len(result.success) == 50
    assert all(kinds(one.id) == ["entityCreated"] + ["entityUpdated"] * 3 for one in documents)


def test_batch_create_that_raced_tells_which_were_there() -> None:
    make_tenant("samen")
    documents = [make_document({"id": f"urn:x:{n}"}) for n in range(20)]
    found = together(*[lambda: batch_create(by=BY, documents=documents)] * 2)
    assert sorted(len(one.created) + len(one.errors) for one in found) == [20, 20]
    assert sum(len(one.created) for one in found) == 20


def test_changes_of_one_entity_queue_and_none_is_lost() -> None:
    make_tenant("samen")
    make_entity("samen", id="urn:x:1")

    def append(number: int) -> Callable[[], Any]:
        fragment = make_document({"id": "urn:x:1", f"a{number}": number})
        return lambda: append_attributes(by=BY, entity_id="urn:x:1", fragment=fragment)

    together(*[append(number) for number in range(8)])
    assert len(lock_now("urn:x:1").attributes) == 8


def lock_now(entity_id: str) -> Any:
    with transaction.atomic():
        return lock("samen", [entity_id])[entity_id].document


def test_other_process_sees_what_was_written(in_child: Any) -> None:
    make_tenant("samen")
    make_entity("samen", id="urn:x:1", speed=1)

    def look() -> None:
        os._exit(7 if lock_now("urn:x:1").attributes[SPEED][""]["value"] == 1 else 8)

    assert in_child(look) == 7
