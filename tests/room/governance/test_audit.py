"""The audit log: appended in the act's transaction, refusing change, and proving itself."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Role
from spiegelstad.governance import queries
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import Act, Thing, acts_about_me, audit_head, record, verify_audit

CHANGE = Act("test.change", roles=frozenset({Role.STEWARD}))


def change(actor, number, tenant):
    record(actor, CHANGE, Thing("dataset", f"d{number}", tenant), details={"n": number, "x": 0.1}, reason="because")


def tamper(sql, *params):
    """Do what only the owner of the table can: switch the trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_auditentry DISABLE TRIGGER append_only")
        cursor.execute(sql, params)
        cursor.execute("ALTER TABLE governance_auditentry ENABLE TRIGGER append_only")


@pytest.fixture
def five(people, tenant):
    for number in range(1, 6):
        change(people.steward, number, tenant)
    return tenant


def test_audit_holds_and_counts(five):
    assert verify_audit(five) == []
    assert audit_head(five)[0] == 5


def test_audit_disappears_with_its_transaction(five, people):
    with pytest.raises(RuntimeError), transaction.atomic():
        change(people.steward, 6, five)
        raise RuntimeError("the act failed")
    assert audit_head(five)[0] == 5
    assert verify_audit(five) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE governance_auditentry SET reason = 'x'",
        "DELETE FROM governance_auditentry",
        "TRUNCATE governance_auditentry",
    ],
)
def test_audit_refuses_change(five, sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_auditentry ENABLE TRIGGER never_emptied")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("column", "value"),
    [("reason", "another"), ("actor_id", "person:other"), ("act", "test.other"), ("thing_id", "d9"), ("details", "{}")],
)
def test_audit_names_a_changed_row(five, column, value):
    tamper(f"UPDATE governance_auditentry SET {column} = %s WHERE sequence = 3", value)
    assert [link.problem for link in verify_audit(five)] == ["row 3 was changed"]


def test_audit_names_a_removed_row(five):
    tamper("DELETE FROM governance_auditentry WHERE sequence = 3")
    assert [(link.sequence, link.problem) for link in verify_audit(five)] == [(3, "row 3 removed")]


def test_audit_names_a_removed_end(five):
    tamper("DELETE FROM governance_auditentry WHERE sequence >= 4")
    assert [link.problem for link in verify_audit(five)] == ["rows 4 to 5 removed from the end"]


def test_audit_finds_a_changed_row_with_a_new_hash(five):
    """Who changes a row and recomputes its hash breaks the next link."""
    tamper("UPDATE governance_auditentry SET hash = repeat('a', 64) WHERE sequence = 2")
    problems = [link.problem for link in verify_audit(five)]
    assert "row 2 was changed" in problems
    assert "row 3 does not continue row 2" in problems


def test_audit_is_proved_while_acts_go_on(five, people, monkeypatch):
    """An act between two readings is no tampering."""
    read = queries.audit_head

    def meanwhile(tenant_id):
        found = read(tenant_id)
        change(people.steward, found[0] + 1, tenant_id)
        return found

    monkeypatch.setattr(queries, "audit_head", meanwhile)
    assert verify_audit(five) == []
    assert read(five)[0] > 5


def test_audit_finds_a_head_that_was_moved_back(five):
    tamper(
        "UPDATE governance_audithead SET sequence = 3,"
        " hash = (SELECT hash FROM governance_auditentry WHERE sequence = 3)"
    )
    assert [link.problem for link in verify_audit(five)] == ["the head of the chain was changed"]


@pytest.mark.django_db(transaction=True)
def test_audit_of_concurrent_acts_is_one_chain(people, tenant):
    def work(start):
        try:
            for number in range(start, start + 10):
                with transaction.atomic():
                    change(people.steward, number, tenant)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.filter(tenant_id=tenant).count() == 40
    assert verify_audit(tenant) == []


def test_audit_cut_off_with_its_head_is_found_by_a_noted_hash(five):
    _, noted = audit_head(five)
    tamper("DELETE FROM governance_auditentry WHERE sequence >= 4")
    tamper(
        "UPDATE governance_audithead SET sequence = 3,"
        " hash = (SELECT hash FROM governance_auditentry WHERE sequence = 3)"
    )
    assert verify_audit(five) == []
    assert [link.sequence for link in verify_audit(five, must_contain=noted)] == [0]


def test_person_sees_what_was_done_about_them_and_nobody_elses(tenant, people):
    """What, when and why; not by whom of the city it was."""
    for someone in (people.resident, people.neighbour):
        thing = Thing("person", someone.id.removeprefix("person:"), tenant)
        record(people.clerk, Act("permits.look_up"), thing, reason=f"A permit of {someone.name}.")
    record(people.resident, Act("permits.look_up"), Thing("person", people.resident.id.removeprefix("person:"), tenant))
    mine = acts_about_me(people.resident)
    assert [(one.act, one.by, one.reason) for one in mine] == [
        ("permits.look_up", "self", ""), ("permits.look_up", "person", "A permit of Roos Voorbeeld."),
    ]  # fmt: skip
    assert people.clerk.id not in str(mine)
    assert acts_about_me(people.nobody) == acts_about_me(people.system) == []


def test_person_sees_every_act_about_them(tenant, people):
    thing = Thing("person", people.resident.id.removeprefix("person:"), tenant)
    for number in range(203):
        record(people.clerk, Act("permits.look_up"), thing, reason=str(number))
    assert [one.reason for one in acts_about_me(people.resident)] == [str(number) for number in reversed(range(203))]
    assert [one.reason for one in acts_about_me(people.resident, start=200, stop=300)] == ["2", "1", "0"]


ACTS = """
INSERT INTO governance_auditentry (tenant_id, sequence, at, actor_kind, actor_id, act, thing_kind, thing_id, reason,
    details, previous_hash, hash)
SELECT %s, i, now(), 'key', 'key:1', 'test.change', CASE WHEN i %% 50 = 0 THEN 'person' ELSE 'dataset' END,
    'd' || i %% 1000, '', '{}', '', '' FROM generate_series(1, 20000) i
"""


def test_acts_about_a_person_are_found_by_their_index(tenant, people):
    """However long the log of a city is."""
    with connection.cursor() as cursor:
        cursor.execute(ACTS, [tenant])
        cursor.execute("ANALYZE governance_auditentry")
        with CaptureQueriesContext(connection) as asked:
            acts_about_me(people.resident)
        cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        assert "audit_about_person" in str(cursor.fetchall())
