"""One version under two names in the same query."""

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public
from spiegelstad.catalogue.testing import make_dataset, make_version


def test_query_takes_two_names_for_one_version(tenant: str) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    tables = {"here": version.id, "there": version.id}
    sql = "SELECT count(*) AS n FROM here JOIN there USING (place)"
    assert public.query(Actor.system(tenant, "tests"), sql, tables=tables)["n"].to_pylist() == [2]
