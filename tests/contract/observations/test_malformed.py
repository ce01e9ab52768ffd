"""Whatever is posted: never a 500, and never a row that was not asked for."""

import gzip
import json
from typing import Any

from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.testing import make_key
from spiegelstad.base import sql
from spiegelstad.mirror.testing import make_series

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
ROWS = st.dictionaries(st.sampled_from(["series", "observed_at", "value", "quality", "unit", "x"]), SCALARS)
LIKELY = st.fixed_dictionaries(
    {"series": st.sampled_from(["bike:1", "bike:\0", "", "x" * 300]), "value": SCALARS},
    optional={
        "observed_at": st.sampled_from(["2026-03-01T12:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
        | st.datetimes().map(str)
        | SCALARS,
        "quality": SCALARS,
        "unit": SCALARS,
    },
)
JSON_LINES = st.lists(LIKELY | ROWS | SCALARS, max_size=5).map(
    lambda rows: "\n".join(json.dumps(row) for row in rows).encode("utf-8", "surrogatepass")
)
CSV = st.lists(st.lists(st.text(max_size=12), max_size=5), max_size=5).map(
    lambda rows: ("series,observed_at,value\n" + "\n".join(",".join(row) for row in rows)).encode("utf-8", "replace")
)
BODIES = st.one_of(
    st.tuples(st.just("application/x-ndjson"), JSON_LINES | st.binary(max_size=200)),
    st.tuples(st.just("text/csv"), CSV | st.binary(max_size=200)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, packed=st.sampled_from(["", "gzip", "lie"]))
def test_malformed_batches_get_4xx_or_name_their_rows(tenant: str, body: tuple[str, bytes], packed: str) -> None:
    make_series(tenant, "bike:1")
    key, _ = make_key(tenant, ["observations:write"])
    headers = {"Authorization": f"Bearer {key}", **({"Content-Encoding": "gzip"} if packed else {})}
    data = gzip.compress(body[1]) if packed == "gzip" else body[1]
    before = stored()
    answer: Any = Client().post("/api/observations", data, content_type=body[0], headers=headers)
    assert answer.status_code in {200, 207, 400, 411, 413, 415}
    if answer.status_code in {200, 207}:
        told = answer.json()
        assert told["received"] == told["inserted"] + told["corrected"] + told["unchanged"] + told["refused"]
        assert stored() == before + told["inserted"]
    else:
        assert stored() == before


def stored() -> int:
    return int(sql.rows("SELECT count(*) FROM mirror_observation")[0][0])
