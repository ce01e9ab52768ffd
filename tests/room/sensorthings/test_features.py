"""The observations of a feature are found without looking at those of others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensorthings.actions.entities import create_entity
from spiegelstad.sensorthings.formats.reading import read_entity
from spiegelstad.sensorthings.models import Datastream, FeatureOfInterest
from spiegelstad.sensorthings.public import adopt_series
from spiegelstad.sensorthings.rules.model import TYPES
from spiegelstad.sensorthings.testing import Api

T0 = datetime(2026, 3, 1, tzinfo=UTC)
SERIES, EACH = 20, 50


@pytest.fixture
def feature(tenant: str) -> int:
    """Make series with a feature each; return that of the last, which one observation of the first has too."""
    for number in range(SERIES):
        make_series(tenant, f"s{number}", lon=3.7 + number / 100, lat=51)
    moments = [T0 + timedelta(minutes=minute) for minute in range(EACH)]
    make_observations(tenant, [(f"s{number}", at, 1.0) for number in range(SERIES) for at in moments])
    adopt_series(tenant)
    last: int = FeatureOfInterest.objects.order_by("-pk")[0].pk
    links = {"Datastream": Datastream.objects.order_by("pk")[0].pk, "FeatureOfInterest": last}
    body = {"phenomenonTime": "2026-03-02T00:00:00Z", "result": 2, **{k: {"@iot.id": v} for k, v in links.items()}}
    create_entity(by=Actor.system(tenant, "tests"), given=read_entity(body, TYPES["Observation"]))
    return last


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/FeaturesOfInterest({feature})/Observations", {"top": 100}),
        ("/FeaturesOfInterest({feature})", {"expand": "Observations"}),
    ],
)
def test_observations_of_a_feature_are_read_alone(tenant: str, feature: int, path: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mirror_observation, sensorthings_datastream, sensorthings_observationdetail")
    with CaptureQueriesContext(connection) as ran:
        found = Api("").get(path.format(feature=feature), **params)
    results = [item["result"] for item in found.get("value", found.get("Observations"))]
    assert sorted(results) == [1] * EACH + [2]
    (statement,) = (one["sql"] for one in ran.captured_queries if "mirror_observation" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        assert sum(_looked_at(cursor.fetchone()[0][0]["Plan"])) <= 2 * EACH + 1


def _looked_at(plan: dict[str, Any]) -> Iterator[int]:
    """Yield how many rows each scan of observations has looked at."""
    if plan.get("Relation Name", "").startswith("mirror_observation"):
        yield int((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"])
    for below in plan.get("Plans", []):
        yield from _looked_at(below)
