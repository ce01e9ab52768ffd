"""Making a member of the region ready: `python -m spiegelstad.demo.region.preparing --member glanshaven`.

A city gets its land and the sensors that stand on it; the region gets the borders of its cities and, as context
sources, their brokers. Every step can be repeated and does only what is missing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

import django


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments and prepare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", required=True)
    parser.add_argument("--source", action="append", default=[], metavar="CITY=URL", help="a broker of the region")
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    prepare_member(given.member, dict(one.split("=", 1) for one in given.source))


def prepare_member(tenant: str, endpoints: Mapping[str, str]) -> None:
    """Make a city, or the region when `endpoints` tells where the broker of each city is."""
    from django.conf import settings  # noqa: PLC0415  rooms can be imported only now

    from spiegelstad.demo.people import ensure_people, ensure_sensor_key  # noqa: PLC0415
    from spiegelstad.demo.region.actions import make_city, make_region  # noqa: PLC0415
    from spiegelstad.ingest import public as ingest  # noqa: PLC0415

    by = ingest.set_up_city(settings.HOME / "sources" / tenant)
    ensure_people(tenant, settings.VAR)
    if endpoints:
        make_region(by, endpoints)
    else:
        make_city(by)
        ensure_sensor_key(by, settings.VAR, "context:write")


if __name__ == "__main__":
    main()
