"""The command that makes a city ready: `python -m spiegelstad.demo.prepare --city demo --seed 1`."""

from __future__ import annotations

import argparse
import os
import sys

import django

from spiegelstad.base.errors import SpiegelstadError


def main() -> None:
    """Read the arguments and prepare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", default="demo")
    parser.add_argument("--inhabitants", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    django.setup()
    from spiegelstad.demo.actions import prepare  # noqa: PLC0415  rooms can be imported only now

    try:
        prepare(given.city, inhabitants=given.inhabitants, seed=given.seed)
    except SpiegelstadError as error:
        sys.exit(f"{error.detail} {error.remedy}".strip())


if __name__ == "__main__":
    main()
