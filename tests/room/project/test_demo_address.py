"""The address that `spiegelstad demo` prints."""

from spiegelstad.accounts.testing import make_tenant
from spiegelstad.project.commands import _host_of


def test_demo_names_the_host_of_its_own_city(db):
    make_tenant("first", host="first.localhost")
    make_tenant("second", host="second.localhost")
    assert _host_of("first") == "localhost"
    assert _host_of("second") == "second.localhost"
