"""A peer of OGC API Features over PostGIS: tipg, and a database of its own, both for the time of a measurement.

tipg is installed into a scratch environment by pip. PostGIS is Debian's: `apt-get install postgresql-15-postgis-3`, or
the package for another release of PostgreSQL. Its programs run here on a scratch folder, with the settings of our own
database, and without parallel workers: it would start them for each small box, and answer in twice the time.

For each request tipg sends two statements, as texts that hold the box: a count, and the rows with ST_AsGeoJSON in the
order of their ids. It then writes two links for each feature.
"""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import click
import psycopg

from benchmarks.context_serving import READY_S, running

PORT = 8126
PATH = "/collections/public.addresses/items"
PEER = ("tipg==1.6.1", "uvicorn[standard]==0.54.0")
EXTENSIONS, PROGRAMS = Path("/usr/share/postgresql"), Path("/usr/lib/postgresql")
SETTINGS = {"max_parallel_workers_per_gather": "0"}
LAYOUT = """
    CREATE EXTENSION postgis;
    CREATE TEMPORARY TABLE told
        (id bigint, street text, house_number text, postcode text, municipality text, lon float8, lat float8);
"""
PLACED = """
    CREATE TABLE addresses AS
        SELECT id, street, house_number, postcode, municipality,
            ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geometry(Point, 4326) AS geometry
        FROM told ORDER BY geometry;
    ALTER TABLE addresses ADD PRIMARY KEY (id);
    CREATE INDEX ON addresses USING gist (geometry);
"""


@contextmanager
def tipg(folder: Path, addresses: Path) -> Iterator[bool]:
    """Serve the addresses of a CSV file until the block ends; False, with a line that says why, where it cannot be."""
    programs = _programs()
    python = _install(folder / "tipg") if programs else None
    if programs is None or python is None:
        missing = "it cannot be installed" if programs else "there is no PostGIS (Debian: postgresql-15-postgis-3)"
        click.echo(f"ogc: tipg is left out, as {missing}", err=True)
        yield False
        return
    with _database(programs, folder / "postgis") as url:
        _fill(url, addresses)
        os.environ["DATABASE_URL"] = url
        command = ["uvicorn", "tipg.main:app", "--port", str(PORT), "--log-level", "error", "--no-access-log"]
        with running(command, PORT, python=python):
            yield True


def _programs() -> Path | None:
    """Return the folder of the programs of the newest PostgreSQL that has PostGIS."""
    found = [path.parents[1].name for path in EXTENSIONS.glob("*/extension/postgis.control")]
    return PROGRAMS / max(found, key=int) / "bin" if found else None


def _install(environment: Path) -> str | None:
    """Install tipg, and return the Python that has it."""
    python = str(environment / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    install = [python, "-m", "pip", "install", "--quiet", *PEER]
    return python if subprocess.run(install, check=False, stderr=subprocess.DEVNULL).returncode == 0 else None


@contextmanager
def _database(programs: Path, folder: Path) -> Iterator[str]:
    """Run PostgreSQL on a new folder until the block ends, as nobody when root asks; give its URL."""
    from spiegelstad.base.children import SystemUser, start_child, stop_child
    from spiegelstad.base.postgres_server import DEFAULTS, ENVIRONMENT

    user = None
    folder.mkdir()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = SystemUser(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)
        os.chown(folder, user.uid, user.gid)
    data, settings = str(folder / "data"), {**DEFAULTS, **SETTINGS, "unix_socket_directories": str(folder)}
    make = [str(programs / "initdb"), "-D", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    serve = [str(programs / "postgres"), "-D", data]
    serve += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    start = partial(start_child, output=subprocess.DEVNULL, environment=ENVIRONMENT, user=user, folder=folder)
    if start(make).wait() != 0:
        raise RuntimeError("initdb failed")
    server = start(serve, death_signal=signal.SIGINT)
    try:
        url = f"postgresql://postgres@{quote(str(folder), safe='')}/postgres"
        _wait_for(url)
        yield url
    finally:
        stop_child(server, signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            return psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _fill(url: str, addresses: Path) -> None:
    """Lay the rows out as PostGIS likes them best: in the order of their places, with an index over these."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LAYOUT)
        with connection.cursor().copy("COPY told FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            copy.write(addresses.read_bytes())
        connection.execute(PLACED)
        connection.execute("VACUUM ANALYZE addresses")
