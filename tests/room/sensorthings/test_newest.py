"""The newest observations of all: the quick way gives what sorting everything gives."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.queries import newest
from spiegelstad.sensorthings.queries.reading import Reader
from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.rules.addresses import read_address, write_id
from spiegelstad.sensorthings.rules.model import TYPES
from spiegelstad.sensorthings.rules.options import Options
from spiegelstad.sensorthings.rules.parsing import parse_orderby

T0 = datetime(2026, 2, 27, tzinfo=UTC)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=24),
    top=st.integers(0, 8),
    skip=st.integers(0, 6),
)
def test_newest_observations_are_those_that_sorting_gives(
    tenant: str, rows: set[tuple[int, int]], top: int, skip: int
) -> None:
    with transaction.atomic():
        make_series(tenant, *(f"s{number}" for number in range(6)))
        make_observations(tenant, [(f"s{series}", T0 + timedelta(days=day), 1.0) for series, day in rows])
        adopt_series(tenant)
        same_as_sorted(tenant, top, skip)
        transaction.set_rollback(True)


def same_as_sorted(tenant: str, top: int, skip: int) -> None:
    order = tuple(parse_orderby("phenomenonTime desc", TYPES["Observation"]))
    options, address = Options(order=order, top=top, skip=skip), read_address("Observations")
    assert newest.is_asked(address, options)
    everything = Options(order=order, top=newest.MOST)
    assert not newest.is_asked(address, everything)
    whole, part = (
        [write_id(id_) for id_, _ in Reader(Scope(Actor.anonymous(tenant), T0), "").page(address, one).items]
        for one in (everything, options)
    )
    assert part == whole[skip : skip + top]
