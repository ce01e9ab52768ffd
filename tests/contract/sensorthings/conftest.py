"""A client of the SensorThings binding with a key, one without, and one of another city."""

import pytest

from spiegelstad.accounts.testing import make_key
from spiegelstad.sensorthings.testing import THING, Api


@pytest.fixture
def api(tenant: str, other_tenant: str) -> Api:
    return Api(make_key(tenant, ["observations:write", "context:write"])[0])


@pytest.fixture
def anonymous(tenant: str, other_tenant: str) -> Api:
    return Api("", host=f"{tenant}.localhost")


@pytest.fixture
def foreigner(other_tenant: str) -> Api:
    return Api(make_key(other_tenant, ["observations:write", "context:write"])[0])


@pytest.fixture
def stream(api: Api) -> int:
    """Make a station and return the number of its datastream."""
    thing = api.post("/Things", THING)
    return int(api.get(f"/Things({thing['@iot.id']})/Datastreams")["value"][0]["@iot.id"])
