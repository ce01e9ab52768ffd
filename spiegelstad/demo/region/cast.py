"""The region and its cities. Loads no room: the process that starts them all reads it."""

from dataclasses import dataclass

from spiegelstad.demo.cast import PEOPLE, email_of

REGION, REGION_NAME = "spiegelstreek", "Spiegelstreek"


@dataclass(frozen=True)
class DemoCity:
    """An invented city: `seed` makes its land, `east_deg` moves that away from where Spiegelstad lies.

    `code` is a municipality number that does not exist; `first_wijk` counts in the list of invented names.
    """

    tenant: str
    name: str
    code: str
    seed: int
    east_deg: float
    first_wijk: int


CITIES = (
    DemoCity("glanshaven", "Glanshaven", "99002", 2, -0.022, 10),
    DemoCity("echovoort", "Echovoort", "99003", 3, 0.022, 20),
)


def host_of(tenant: str) -> str:
    """Return the name under which a browser on this machine finds it, so that each keeps its own session."""
    return f"{tenant}.localhost"


def welcome_to_region(addresses: dict[str, str], passwords: dict[str, str]) -> str:
    """Return what a start ends with: where to look, and who one can be. Both by tenant, the region first."""
    who = ", ".join(f"{email_of(name, '').partition('@')[0]} ({role})" for name, role in PEOPLE)
    width = max(map(len, addresses))
    lines = ["", "Ready:"]
    for tenant, address in addresses.items():
        lines.append(f"    {tenant:<{width}}  {address}{'region' if tenant == REGION else 'sensors'}")
    lines += ["", f"Sign in as {who}", f"of one of them, such as {email_of(PEOPLE[-1][0], REGION)}, with the password"]
    lines += [f"    {tenant:<{width}}  {password}" for tenant, password in passwords.items()]
    return "\n".join([*lines, "", "Ctrl-C stops everything."])
