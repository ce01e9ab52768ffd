"""A region and its cities on one machine, each an installation of its own: `spiegelstad demo --region`.

Each has its own folder, database, web server and workers, under a supervisor of its own as `spiegelstad up` has
one; this runs those supervisors. The region alone may speak with private addresses: those of its cities' brokers.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from spiegelstad.demo.public import CITIES, REGION, REGION_NAME, first_password, host_of, welcome_to_region
from spiegelstad.project import processes
from spiegelstad.project.keeping import Keeper, Program, keep, module, reached_at, stop, wait_until
from spiegelstad.project.processes import Preparation

START_PATIENCE_S = 300.0
STOP_PATIENCE_S = 30.0
ALLOWED = "SPIEGELSTAD_ALLOW_HOSTS"


@dataclass(frozen=True)
class Member:
    """The region, or a city of it."""

    tenant: str
    name: str
    port: int

    @property
    def site(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{host_of(self.tenant)}:{self.port}/"


def members(port: int) -> list[Member]:
    """Return the region, at this port, and its cities, at those after it."""
    cities = [Member(one.tenant, one.name, port + number) for number, one in enumerate(CITIES, 1)]
    return [Member(REGION, REGION_NAME, port), *cities]


def run_region(var: Path, address: str, port: int, threads: int, *, say: Callable[[str], None]) -> int:
    """Run the region and its cities, in folders below `var`, until Ctrl-C or SIGTERM; returns the exit code."""
    several = members(port)

    def work() -> None:
        for one in several:
            processes.check_address(address, one.port)
            _mark(var / one.tenant).unlink(missing_ok=True)
        given = {name: value for name, value in os.environ.items() if name != "SPIEGELSTAD_DATA"}
        keepers = [Keeper(one, given) for one in programs(var, address, port, threads)]
        try:
            marks = [_mark(var / one.tenant) for one in several]
            wait_until(keepers, lambda: all(mark.exists() for mark in marks), START_PATIENCE_S)
            passwords = {one.tenant: first_password(var / one.tenant) for one in several}
            say(welcome_to_region({one.tenant: one.site for one in several}, passwords))
            keep(keepers, var / "log")
        finally:
            stop(keepers)

    return processes.until_stopped(work, log_folder=var / "log", say=lambda line: say(f"  {line}"))


def programs(var: Path, address: str, port: int, threads: int) -> list[Program]:
    """Return the supervisors of the region and its cities; the region alone is told where the others are."""
    first, *cities = members(port)
    return [_program(first, var, address, threads, cities), *(_program(one, var, address, threads) for one in cities)]


def _mark(var: Path) -> Path:
    """Return the file by which a member says that it is ready."""
    return var / "ready"


def _program(member: Member, var: Path, address: str, threads: int, cities: Sequence[Member] = ()) -> Program:
    """Return the supervisor of a member; `cities`: whose brokers it registers and may speak with."""
    host = reached_at(address)
    arguments = ["--member", member.tenant, "--address", address, "--port", str(member.port), "--threads", str(threads)]
    shown = f"[{host}]" if ":" in host else host
    for city in cities:
        arguments += ["--source", f"{city.tenant}=http://{shown}:{city.port}"]
    allowed = [*filter(None, [os.environ.get(ALLOWED)]), *(f"{host}:{city.port}" for city in cities)]
    environment = {"SPIEGELSTAD_VAR": str(var / member.tenant), ALLOWED: ",".join(allowed)}
    return Program(
        member.tenant,
        module("spiegelstad.project.region", *arguments),
        environment,
        may_end=True,  # who stops a city, to see what the region does without it, finds it stopped
        patience_s=STOP_PATIENCE_S,
    )


def main() -> None:
    """Run one member: `python -m spiegelstad.project.region --member glanshaven --port 8001`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--member", required=True, choices=[REGION, *(one.tenant for one in CITIES)])
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--source", action="append", default=[], metavar="CITY=URL", help="a broker of the region")
    given = parser.parse_args()
    sources = [word for one in given.source for word in ("--source", one)]
    prepare = module("spiegelstad.demo.region.preparing", "--member", given.member, *sources)
    url = f"http://{reached_at(given.address)}:{given.port}"
    live = [Program("sensors", module("spiegelstad.demo.region.live", "--city", given.member, "--url", url))]
    plan = processes.whole(
        settings.VAR, given.address, given.port, threads=given.threads,
        preparations=[Preparation("Land, sensors and accounts", prepare)],
        extra=[] if given.member == REGION else live,
    )  # fmt: skip

    def say(line: str) -> None:
        print(f"  {given.member}: {line}", flush=True)  # noqa: T201

    sys.exit(processes.run(plan, say=say, announce=_mark(settings.VAR).touch))


if __name__ == "__main__":
    main()
