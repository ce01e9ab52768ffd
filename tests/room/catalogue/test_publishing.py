"""Publishing versions: content-addressed, once, with policy, events and audit."""

import pyarrow as pa
import pytest

from spiegelstad.catalogue import public, store
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db


def test_version_is_read_back_as_it_was_published(tenant, people) -> None:
    make_dataset(tenant)
    version = make_version(tenant)

    found = public.current_version(people.nobody, "bicycle-counts")

    assert found == version
    assert (found.number, found.rows) == (1, 2)
    assert public.query(people.nobody, "SELECT sum(count) AS n FROM t", tables={"t": version.id}).to_pylist() == [
        {"n": 460}
    ]


def test_version_with_the_same_content_is_not_made_twice(tenant) -> None:
    make_dataset(tenant)
    first, second = make_version(tenant), make_version(tenant)

    assert second.id == first.id
    assert [*store.hashes()] == [first.content_hash]
    assert not [*store.abandoned(-1)]
    third = make_version(tenant, table=pa.table({"place": ["Coupure"], "count": [1]}))
    assert third.number == 2
