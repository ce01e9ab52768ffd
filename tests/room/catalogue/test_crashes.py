"""Kill -9 at each step of publishing and deleting: nothing acknowledged is lost, nothing wrong is left."""

import os
import signal
from typing import Any

import pyarrow as pa
import pytest

from spiegelstad.catalogue import actions, keeping, public, store
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db(transaction=True)
NEW = pa.table({"place": ["Coupure"], "count": [1]})


def _dies(*_args: object, **_kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (store, "hash_of"),  # adopted, not yet at its place
        (store, "put"),  # about to be moved
        (actions, "_coverage_fields"),  # at its place, no row
        (actions.events, "record"),  # row written, not committed
        (actions, "record"),  # everything written but the audit row
    ],
)
def test_publishing_killed_leaves_the_last_version(
    people: Any, in_child: Any, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    tenant = people.system.tenant_id
    make_dataset(tenant)
    first = make_version(tenant)
    monkeypatch.setattr(module, step, _dies)

    assert in_child(lambda: make_version(tenant, table=NEW)) == -signal.SIGKILL
    monkeypatch.undo()

    assert public.current_version(people.nobody, "bicycle-counts") == first
    assert [keeping.damage_of(row) for row in keeping.stored_versions()] == [None]
    again = make_version(tenant, table=NEW)
    assert again.number == 2
    keeping.sweep(older_than_s=-1)
    assert {*store.hashes()} == {first.content_hash, again.content_hash}
    assert not [*store.abandoned(-1)]


@pytest.mark.parametrize(("step", "gone"), [("record", False), ("remove_unused_file", True)])
def test_deleting_killed_leaves_all_or_nothing(
    people: Any, in_child: Any, monkeypatch: pytest.MonkeyPatch, step: str, gone: bool
) -> None:
    tenant = people.system.tenant_id
    make_dataset(tenant)
    version = make_version(tenant)
    monkeypatch.setattr(actions, step, _dies)

    def delete() -> None:
        public.delete_version(by=people.system, version_id=version.id, reason="wrong")

    assert in_child(delete) == -signal.SIGKILL
    monkeypatch.undo()

    assert len(keeping.stored_versions()) == (0 if gone else 1)
    assert [keeping.damage_of(row) for row in keeping.stored_versions()] == ([] if gone else [None])
    assert keeping.sweep(older_than_s=-1) == (1 if gone else 0)
