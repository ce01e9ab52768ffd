"""Publishing versions: content-addressed, once, with policy, events and audit; deleting them with a reason."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import DatabaseError, connection

from spiegelstad.base.models import OutboxEvent
from spiegelstad.catalogue import keeping, public, store
from spiegelstad.catalogue.models import Version
from spiegelstad.catalogue.public import Column, DatasetIn, Lineage, SourceInfo
from spiegelstad.catalogue.testing import LICENCE, make_dataset, make_version
from spiegelstad.governance.models import AuditEntry
from spiegelstad.governance.public import NotAllowed, SignInNeeded, verify_audit

pytestmark = pytest.mark.django_db
OTHER = pa.table({"place": ["Coupure"], "count": [1]})
THIRD = pa.table({"place": ["Coupure"], "count": [2]})
COLUMNS = (Column("place", "VARCHAR"), Column("count", "BIGINT"))


def _file(table: pa.Table = OTHER) -> Path:
    path = store.incoming_file()
    pq.write_table(table, path)
    return path


def _publish(by: Any, path: Path, columns: tuple[Column, ...] = COLUMNS) -> public.Version:
    return public.publish_version(
        by=by, slug="bicycle-counts", parquet=path, columns=columns, lineage=Lineage("ingest")
    )


def test_version_is_read_back_as_it_was_published(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    version = make_version(tenant)

    found = public.current_version(people.nobody, "bicycle-counts")

    assert found == version
    assert (found.number, found.rows) == (1, 2)
    total = public.query(people.nobody, "SELECT sum(count) AS n FROM t", tables={"t": version.id})
    assert total.to_pylist() == [{"n": 460}]
    assert store.hash_of(public.parquet_path(version.id)) == version.content_hash
    assert OutboxEvent.objects.get(type="catalogue.version_published").payload["slug"] == "bicycle-counts"


def test_version_with_the_same_content_is_not_made_twice(tenant: str) -> None:
    make_dataset(tenant)
    first, second = make_version(tenant), make_version(tenant)

    assert second.id == first.id
    assert [*store.hashes()] == [first.content_hash]
    assert not [*store.abandoned(-1)]
    assert AuditEntry.objects.filter(act="catalogue.publish_version").count() == 1


def test_version_that_returns_to_old_content_is_a_new_version(tenant: str) -> None:
    make_dataset(tenant)
    first, second, third = make_version(tenant), make_version(tenant, table=OTHER), make_version(tenant)

    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert third.content_hash == first.content_hash
    assert len([*store.hashes()]) == 2


def test_version_never_changes(tenant: str) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    with pytest.raises(DatabaseError, match="never changes"):
        Version.objects.filter(pk=version.id).update(rows=0)


def test_version_is_published_by_its_own_steward_only(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    assert _publish(people.steward, _file()).number == 1
    assert _publish(people.administrator, _file(THIRD)).number == 2
    for person in (people.resident, people.clerk, people.analyst, people.other_steward):
        with pytest.raises(NotAllowed):
            _publish(person, _file())
    with pytest.raises(SignInNeeded):
        _publish(people.nobody, _file())
    with pytest.raises(public.NoSuchDataset):
        _publish(people.foreigner, _file())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a whole Parquet file"),
        (b"PAR1 nonsense", "not a whole Parquet file"),
    ],
)
def test_version_from_a_broken_file_is_refused(tenant: str, people: Any, content: bytes, says: str) -> None:
    make_dataset(tenant)
    path = store.incoming_file()
    path.write_bytes(content)
    with pytest.raises(public.InvalidDataset, match=says) as refused:
        _publish(people.steward, path)
    assert str(path.parent) not in str(refused.value)


def test_version_with_other_columns_is_refused(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    with pytest.raises(public.InvalidDataset, match="'count' is BIGINT in the file and DOUBLE"):
        _publish(people.steward, _file(), (COLUMNS[0], Column("count", "DOUBLE")))


def test_dataset_needs_a_reason_to_be_closed(people: Any) -> None:
    declared: dict[str, Any] = {
        "slug": "closed", "title": {"nl": "Gesloten"}, "theme": "money", "licence_uri": LICENCE, "columns": COLUMNS,
        "source": SourceInfo("x"), "department": "mobiliteit", "classification": "internal",
    }  # fmt: skip
    with pytest.raises(public.InvalidDataset, match="say why it is internal"):
        public.ensure_dataset(by=people.steward, dataset=DatasetIn(**declared))

    made = public.ensure_dataset(by=people.steward, dataset=DatasetIn(**declared, classification_reason="contracts"))
    assert made.classification == "internal"
    assert AuditEntry.objects.get(act="catalogue.declare_dataset").reason == "contracts"


def test_dataset_is_declared_again_without_a_trace(tenant: str) -> None:
    make_dataset(tenant)
    make_dataset(tenant)
    assert AuditEntry.objects.filter(act="catalogue.declare_dataset").count() == 1
    assert make_dataset(tenant, licence_uri="https://creativecommons.org/licenses/by/4.0/").licence_uri.endswith("4.0/")
    assert AuditEntry.objects.order_by("-sequence")[0].details["changed"] == ["licence_uri"]


def test_dataset_cannot_be_taken_over_by_another_department(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    mine = DatasetIn(
        slug="bicycle-counts", title={"nl": "Van mij"}, theme="air", licence_uri=LICENCE, columns=COLUMNS,
        source=SourceInfo("x"), department="milieu",
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        public.ensure_dataset(by=people.other_steward, dataset=mine)


def test_dataset_that_is_closed_does_not_exist_for_others(tenant: str, people: Any) -> None:
    make_dataset(tenant, "open")
    make_dataset(tenant, "inside", classification="internal", classification_reason="contracts")
    make_dataset(tenant, "close", classification="confidential", classification_reason="safety")
    make_dataset(tenant, "private", classification="personal", classification_reason="people", processing="audit")
    versions = {slug: make_version(tenant, slug) for slug in ("open", "inside", "close", "private")}
    seen = {
        name: [dataset.slug for dataset in public.datasets(getattr(people, name))]
        for name in ("nobody", "resident", "clerk", "steward", "other_steward", "administrator", "system", "foreigner")
    }
    assert seen == {
        "nobody": ["open"],
        "resident": ["open"],
        "clerk": ["inside", "open"],
        "steward": ["close", "inside", "open"],
        "other_steward": ["inside", "open"],
        "administrator": ["close", "inside", "open"],
        "system": ["close", "inside", "open", "private"],
        "foreigner": [],
    }
    for name, slugs in seen.items():
        for slug, version in versions.items():
            if slug not in slugs:
                with pytest.raises(public.NoSuchVersion):
                    public.query(getattr(people, name), "SELECT 1", tables={"t": version.id})
                with pytest.raises(public.NoSuchVersion):
                    public.version(getattr(people, name), version.id)
                with pytest.raises(public.NoSuchDataset):
                    public.versions(getattr(people, name), slug)


def test_query_reaches_only_the_tables_it_was_given(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    first, second = make_version(tenant), make_version(tenant, table=OTHER)
    path = public.parquet_path(first.id)
    with pytest.raises(public.BadQuery):
        public.query(people.steward, f"SELECT * FROM read_parquet('{path}')", tables={"t": second.id})
    with pytest.raises(public.BadQuery, match="cannot be the name"):
        public.query(people.steward, "SELECT 1", tables={"t; DROP": second.id})
    with public.session(people.steward, tables={"old": first.id, "new": second.id}) as session:
        found = session.query("SELECT (SELECT sum(count) FROM old) AS old, (SELECT sum(count) FROM new) AS new")
    assert found.to_pylist() == [{"old": 460, "new": 1}]


def test_version_is_deleted_with_a_reason_and_its_file_after_the_commit(
    tenant: str, people: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_dataset(tenant)
    first, second = make_version(tenant), make_version(tenant, table=OTHER)
    with pytest.raises(public.ReasonNeeded):
        public.delete_version(by=people.steward, version_id=second.id, reason=" ")
    with pytest.raises(NotAllowed):
        public.delete_version(by=people.clerk, version_id=second.id, reason="because")
    with pytest.raises(public.NoSuchVersion):
        public.delete_version(by=people.foreigner, version_id=second.id, reason="because")

    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        public.delete_version(by=people.steward, version_id=second.id, reason="wrong file")
    assert store.path_of(second.content_hash).exists()
    for callback in callbacks:
        callback()

    assert not store.path_of(second.content_hash).exists()
    assert public.current_version(people.nobody, "bicycle-counts") == first
    entry = AuditEntry.objects.get(act="catalogue.delete_version")
    assert (entry.reason, entry.details["version"], entry.actor_id) == ("wrong file", 2, people.steward.id)
    assert verify_audit(tenant) == []


def test_number_of_a_deleted_version_is_never_given_again(tenant: str, people: Any) -> None:
    """Its addresses were given out: of the version, of its rows, of what a stream told."""
    make_dataset(tenant)
    make_version(tenant)
    mistake = make_version(tenant, table=OTHER)
    public.delete_version(by=people.steward, version_id=mistake.id, reason="a mistake")
    assert (mistake.number, make_version(tenant, table=OTHER).number) == (2, 3)


def test_version_keeps_its_file_when_another_has_the_same_content(
    tenant: str, other_tenant: str, people: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_dataset(tenant)
    make_dataset(other_tenant)
    mine, theirs = make_version(tenant), make_version(other_tenant)
    assert mine.content_hash == theirs.content_hash
    with django_capture_on_commit_callbacks(execute=True):
        public.delete_version(by=people.steward, version_id=mine.id, reason="moved")
    assert store.path_of(theirs.content_hash).exists()
    with django_capture_on_commit_callbacks(execute=True):
        public.delete_version(by=people.foreigner, version_id=theirs.id, reason="moved")
    assert [*store.hashes()] == []


def test_version_stays_while_another_rests_on_it(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    make_dataset(tenant, "derived")
    source = make_version(tenant)
    derived = make_version(tenant, "derived", OTHER, inputs=[source.id])

    with pytest.raises(public.VersionInUse, match="cannot be deleted"):
        public.delete_version(by=people.steward, version_id=source.id, reason="old")
    public.delete_version(by=people.steward, version_id=derived.id, reason="old")
    public.delete_version(by=people.steward, version_id=source.id, reason="old")
    assert public.versions(people.steward, "bicycle-counts") == []


def test_version_stays_while_a_figure_rests_on_it(tenant: str, people: Any) -> None:
    """A foreign key from any table protects, also one that Django's models of this room don't know."""
    make_dataset(tenant)
    version = make_version(tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE stand_in_figure (version_id uuid REFERENCES catalogue_version DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO stand_in_figure VALUES (%s)", [version.id])
    with pytest.raises(public.VersionInUse):
        public.delete_version(by=people.administrator, version_id=version.id, reason="old")
    assert public.current_version(people.nobody, "bicycle-counts") == version
    assert not AuditEntry.objects.filter(act="catalogue.delete_version").exists()


def test_version_cannot_be_made_from_one_that_is_not_there(tenant: str) -> None:
    make_dataset(tenant)
    with pytest.raises(public.NoSuchVersion):
        make_version(tenant, inputs=[uuid4()])
    assert not [*store.hashes()] or keeping.sweep(-1) == 1


def test_retention_deletes_old_versions_and_keeps_the_current(
    tenant: str, people: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_dataset(tenant, retention_days=30)
    make_dataset(tenant, "derived")
    first, second = make_version(tenant), make_version(tenant, table=OTHER)
    third = make_version(tenant, table=THIRD)
    make_version(tenant, "derived", inputs=[second.id])
    later = datetime.now(UTC) + timedelta(days=31)

    assert keeping.apply_retention(by=people.system) == keeping.Retained((), ())
    with django_capture_on_commit_callbacks(execute=True):
        done = keeping.apply_retention(by=people.system, at=later)

    assert done == keeping.Retained((first.id,), (second.id,))
    assert [v.number for v in public.versions(people.nobody, "bicycle-counts")] == [3, 2]
    assert AuditEntry.objects.get(act="catalogue.delete_version").reason == "retention of 30 days"
    assert store.path_of(third.content_hash).exists()


def test_sweep_removes_what_a_crash_left(tenant: str) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    store.incoming_file().write_bytes(b"half")
    orphan, content_hash = store.adopt(_file())
    store.put(orphan, content_hash)

    assert keeping.sweep() == 0  # young files may belong to somebody at work
    assert keeping.sweep(older_than_s=-1) == 2
    assert [*store.hashes()] == [version.content_hash]


def test_verify_finds_missing_truncated_and_changed_files(tenant: str) -> None:
    make_dataset(tenant)
    versions = [make_version(tenant, table=table) for table in (None, OTHER, THIRD)]
    extra = make_version(tenant, table=pa.table({"place": ["x"], "count": [9]}))
    assert [keeping.damage_of(row) for row in keeping.stored_versions()] == [None] * 4
    paths = [store.path_of(version.content_hash) for version in versions]
    paths[0].unlink()
    content = paths[1].read_bytes()
    paths[1].chmod(0o600)
    paths[1].write_bytes(content[: len(content) // 2])
    paths[2].chmod(0o600)
    paths[2].write_bytes(paths[2].read_bytes().replace(b"Coupure", b"Coupurf"))

    found = [keeping.damage_of(row) for row in keeping.stored_versions(tenant)]

    assert [(d.number, d.what) if d else None for d in found] == [(1, "missing"), (2, "changed"), (3, "changed"), None]
    assert extra.number == 4


def test_query_of_a_damaged_version_fails_without_its_path(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    path = store.path_of(version.content_hash)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(public.DataUnreadable) as failed:
        public.query(people.nobody, "SELECT * FROM t", tables={"t": version.id})
    assert version.content_hash not in str(failed.value)


def test_publishing_again_heals_a_truncated_file(tenant: str) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    path = store.path_of(version.content_hash)
    path.chmod(0o600)
    path.write_bytes(b"PAR1")
    make_version(tenant)
    assert keeping.damage_of(keeping.stored_versions()[0]) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False])
def test_version_publishers_at_once_get_numbers_in_a_row(tenant: str, people: Any, same: bool) -> None:
    make_dataset(tenant)
    files = [_file(pa.table({"place": ["Coupure"], "count": [0 if same else i]})) for i in range(6)]
    numbers, failures = [], []

    def publish(path: Path) -> None:
        try:
            numbers.append(_publish(people.system, path).number)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[path]) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(numbers) == ([1] * 6 if same else [1, 2, 3, 4, 5, 6])
    assert not [*store.abandoned(-1)]
    assert [keeping.damage_of(row) for row in keeping.stored_versions()] == [None] * (1 if same else 6)


@pytest.mark.django_db(transaction=True)
def test_publishing_while_the_same_content_is_deleted_never_loses_the_file(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    make_dataset(tenant, "other")
    make_version(tenant, "other", OTHER)
    failures: list[Exception] = []

    def delete_and_publish(slug: str, table: pa.Table) -> None:
        try:
            for _ in range(8):
                version = make_version(tenant, slug, table)
                public.delete_version(by=people.system, version_id=version.id, reason="again")
            make_version(tenant, slug, table)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=delete_and_publish, args=[s, THIRD]) for s in ("bicycle-counts", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [keeping.damage_of(row) for row in keeping.stored_versions()] == [None] * 3
