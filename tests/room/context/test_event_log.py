"""The event log: what is appended, that its readers skip nothing, that the present can be rebuilt from it."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.context.actions.event_log import forget_events
from spiegelstad.context.actions.writing import Written, lock, store
from spiegelstad.context.models import ContextEvent, Entity
from spiegelstad.context.queries.event_log import LogReader, replay
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import Document, time_text
from spiegelstad.governance.public import NotAllowed, SignInNeeded

SPEED = "https://uri.etsi.org/ngsi-ld/default-context/speed"


def document(id_, value):
    stamp = time_text(now())
    speed = {"type": "Property", "value": value, "createdAt": stamp, "modifiedAt": stamp}
    return Document(id_, ["https://example.org/Vehicle"], [], {SPEED: {"": speed}}, stamp, stamp)


def write(tenant_id, id_, value):
    """Make the entity or give it a new speed, as an act does."""
    held = lock(tenant_id, [id_]).get(id_)
    before, after = held.document if held else None, document(id_, value)
    kind = "entityUpdated" if before else "entityCreated"
    previous = before.attributes[SPEED][""] if before else None
    changes = [Change(SPEED, "", "attributeUpdated" if before else "attributeCreated", previous)]
    store(tenant_id, [Written(id_, kind, before, after, changes)])


def delete(tenant_id, id_):
    before = lock(tenant_id, [id_])[id_].document
    store(tenant_id, [Written(id_, "entityDeleted", before, None, [])])


def values(events):
    return [event.after.attributes[SPEED][""]["value"] for event in events]


def test_append_keeps_the_order_of_a_batch(tenant):
    ids = [f"urn:ngsi-ld:Vehicle:{number}" for number in (3, 1, 2)]
    with transaction.atomic():
        store(tenant, [Written(id_, "entityCreated", None, document(id_, 1), []) for id_ in ids])
    events = list(ContextEvent.objects.order_by("sequence"))
    assert [event.entity_id for event in events] == ids
    assert len({event.transaction for event in events}) == 1


def test_event_keeps_what_came_and_what_went(tenant):
    with transaction.atomic():
        write(tenant, "urn:x:1", 1)
        write(tenant, "urn:x:1", 2)
        delete(tenant, "urn:x:1")
    created, updated, deleted = LogReader("test").read(10)
    assert (created.kind, updated.kind, deleted.kind) == ("entityCreated", "entityUpdated", "entityDeleted")
    assert updated.changes[0].previous["value"] == 1
    assert updated.after.attributes[SPEED][""]["value"] == 2
    assert (deleted.after, deleted.before.attributes[SPEED][""]["value"]) == (None, 2)


def test_event_carries_the_classification_that_the_entity_had(tenant):
    with transaction.atomic():
        write(tenant, "urn:x:1", 1)
    Entity.objects.filter(id="urn:x:1").update(classification="internal", department="milieu")
    with transaction.atomic():
        write(tenant, "urn:x:1", 2)
        delete(tenant, "urn:x:1")
    found = [(event.kind, event.classification, event.department) for event in LogReader("test").read(10)]
    assert found == [
        ("entityCreated", "public", ""),
        ("entityUpdated", "internal", "milieu"),
        ("entityDeleted", "internal", "milieu"),
    ]


def test_reader_goes_on_where_it_was_and_each_has_its_own_place(tenant):
    with transaction.atomic():
        for value in range(5):
            write(tenant, "urn:x:1", value)
    reader = LogReader("one")
    first = reader.read(2)
    reader.move(first[-1].sequence)
    assert values(first) + values(reader.read(10)) == [0, 1, 2, 3, 4]
    assert values(LogReader("one").read(10)) == [2, 3, 4]
    assert values(LogReader("two").read(10)) == [0, 1, 2, 3, 4]


def in_thread(work):
    """Run with a connection of its own that is closed after."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


@pytest.mark.django_db(transaction=True)
def test_reader_waits_for_a_number_that_may_still_come_and_for_nothing_else(tenant):
    LogReader("test").move(0)
    reader = LogReader("test")
    with transaction.atomic():
        write(tenant, "urn:x:slow", 1)  # draws the first number and does not end yet

        def other():
            with transaction.atomic():
                write(tenant, "urn:x:quick", 2)
            return reader.read(10)

        assert in_thread(other) == []
    assert values(reader.read(10)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_long_transaction_that_appends_nothing_holds_nobody_up(tenant):
    with transaction.atomic():
        sql.rows("SELECT pg_current_xact_id()")

        def other():
            with transaction.atomic():
                write(tenant, "urn:x:quick", 2)
            return LogReader("test").read(10)

        assert values(in_thread(other)) == [2]


class Away(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_reader_skips_nothing_and_keeps_the_order_of_each_entity_under_concurrent_writers(tenant):
    writers, each, entities = 6, 40, 5
    ended = threading.Event()
    committed = []

    def writer(seed):
        chance = random.Random(seed)
        for number in range(each):
            chosen = sorted(chance.sample(range(entities), 2))
            try:
                with transaction.atomic():
                    sql.rows("SELECT pg_current_xact_id()")  # an old number for a transaction that writes late
                    if chance.random() < 0.5:
                        sql.rows("SELECT pg_sleep(%s)", [chance.random() / 200])
                    for entity in chosen:
                        write(tenant, f"urn:x:{entity}", seed * 1000 + number)
                    if chance.random() < 0.2:
                        raise Away
            except Away:
                continue
            committed.append((seed * 1000 + number, chosen))
        connection.close()

    with transaction.atomic():
        for entity in range(entities):
            write(tenant, f"urn:x:{entity}", -1)
    seen = []

    def read():
        reader = LogReader("test")
        while True:
            was_ended = ended.is_set()
            found = reader.read(7)
            if found:
                with transaction.atomic():
                    reader.move(found[-1].sequence)
                seen.extend(found)
            elif was_ended:
                break
        connection.close()

    with ThreadPoolExecutor(writers + 1) as threads:
        reading = threads.submit(read)
        for future in [threads.submit(writer, seed) for seed in range(1, writers + 1)]:
            future.result()
        ended.set()
        reading.result()
    expected = {(value, f"urn:x:{entity}") for value, chosen in committed for entity in chosen}
    got = [(event.after.attributes[SPEED][""]["value"], event.entity_id) for event in seen if event.changes[0].previous]
    assert len(got) == len(set(got))
    assert set(got) == expected
    before = {}
    for event in seen:
        previous = event.changes[0].previous
        assert (previous and previous["value"]) == before.get(event.entity_id), "the change before was the one before"
        before[event.entity_id] = event.after.attributes[SPEED][""]["value"]


def test_replay_rebuilds_the_present_and_finds_what_differs(tenant):
    with transaction.atomic():
        for number in range(20):
            write(tenant, f"urn:x:{number % 7}", number)
        delete(tenant, "urn:x:3")
    assert (replay(tenant).entities, replay(tenant).older, replay(tenant).differences) == (7, 0, [])
    Entity.objects.filter(id="urn:x:1").update(attributes={})
    Entity.objects.filter(id="urn:x:2").delete()
    ContextEvent.objects.filter(entity_id="urn:x:4").delete()
    told = replay(tenant)
    assert [(item.entity_id, item.difference) for item in told.differences] == [
        ("urn:x:1", "the log tells another state"),
        ("urn:x:2", "the log says that it is there, and it is not"),
    ]
    assert (told.entities, told.older) == (6, 1)


def test_replay_of_another_city_tells_nothing_of_ours(tenant, other_tenant):
    with transaction.atomic():
        write(tenant, "urn:x:1", 1)
    assert replay(other_tenant).entities == 0


def test_forget_takes_what_is_old_and_dealt_with(people, tenant):
    with transaction.atomic():
        for value in range(4):
            write(tenant, "urn:x:1", value)
    ContextEvent.objects.update(at="2026-01-01T00:00Z")
    with transaction.atomic():
        write(tenant, "urn:x:1", 4)
    reader = LogReader("test")
    assert forget_events(by=people.system, older_than_days=7, reason="policy") == 0, "nobody has read it"
    reader.move(reader.read(3)[-1].sequence)
    assert forget_events(by=people.administrator, older_than_days=7, reason="policy") == 3
    assert values(LogReader("new").read(10)) == [3, 4]
    with pytest.raises(InvalidInput):
        forget_events(by=people.administrator, older_than_days=7, reason=" ")


@pytest.mark.parametrize("name", ["steward", "resident", "nobody"])
def test_forget_is_not_for(people, name):
    with pytest.raises((NotAllowed, SignInNeeded)):
        forget_events(by=getattr(people, name), older_than_days=0, reason="curiosity")
