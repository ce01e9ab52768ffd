"""What all tests share: a real PostgreSQL, two cities, and people with names.

The server lives under SPIEGELSTAD_VAR (default: var/test beside the project) and is started before anything
connects. It is not durable, which is the only way in which it differs from the real one. Tests that run beside each
other (`pytest -n`) have a server for each process.
"""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import django
import pytest

PROJECT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("SPIEGELSTAD_VAR") or PROJECT / "var" / "test") / os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ["SPIEGELSTAD_VAR"] = str(VAR)
os.environ["DJANGO_SETTINGS_MODULE"] = "spiegelstad.project.settings"  # here: pytest-django would read it too early
os.environ.setdefault("SPIEGELSTAD_ALLOW_HOSTS", "localhost,127.0.0.1")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # pytest-playwright runs a loop in the same thread
# The tests' server is never that of a demo that runs: one may be stopped under the other.

from spiegelstad.base import postgres  # noqa: E402

django.setup()  # connects to nothing yet

_open = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL before anything connects."""
    (VAR / "static").mkdir(parents=True, exist_ok=True)
    only_leads = getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput")
    if only_leads:
        del os.environ["DJANGO_SETTINGS_MODULE"]  # the processes inherit it, and would read settings before this file
    elif not config.option.collectonly:
        _open.enter_context(postgres.running(VAR, durable=False))


def pytest_unconfigure() -> None:
    """Stop it."""
    _open.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: "DjangoDbBlocker") -> Iterator[None]:  # noqa: F821
    """Let the tests that commit be cleaned up: Django empties every table after them, the audit log too."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_auditentry DISABLE TRIGGER never_emptied")
    yield
    # A server of the tests may still be closing its connections, and a database in use cannot be dropped.
    connection.close()  # it may be among those ended before
    connection.close_pool()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def start_child(request: pytest.FixtureRequest) -> Callable[[Callable[[], object]], int]:
    """Give a function that runs another in a forked process with connections of its own, and returns its number.

    The child never comes back as a second run of the tests: an error is printed and ends it, and so does a minute.
    """
    from django.db import connection

    def start(work: Callable[[], object]) -> int:
        connection.close()
        connection.close_pool()  # a child must not speak through the parent's sockets
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(60)
                # Playwright's loop gives the parent a second connection, which this thread's loop-less child would use.
                connection.connection = None
                work()
                os._exit(0)
            except BaseException:
                os.write(2, f"{request.node.nodeid}, child:\n{traceback.format_exc()}".encode())
            finally:
                os._exit(70)
        return child

    return start


@pytest.fixture
def in_child(start_child: Callable[[Callable[[], object]], int]) -> Callable[[Callable[[], object]], int]:
    """Give a function that runs another in a forked process, and returns its exit code or minus its signal."""
    return lambda work: os.waitstatus_to_exitcode(os.waitpid(start_child(work), 0)[1])


@pytest.fixture(autouse=True)
def _quick_and_apart(settings: "pytest_django.fixtures.SettingsWrapper", tmp_path: Path) -> None:  # noqa: F821
    """Hash passwords fast, keep datasets and linked data of each test apart, and need no collected static files."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATASETS = tmp_path / "datasets"
    settings.LINKED_DATA = tmp_path / "sparql"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@dataclass(frozen=True)
class People:
    """One of each: named, so that a test reads as a story. `foreigner` is an administrator of another city."""

    resident: "Actor"  # noqa: F821
    neighbour: "Actor"  # noqa: F821
    clerk: "Actor"  # noqa: F821
    steward: "Actor"  # noqa: F821
    other_steward: "Actor"  # noqa: F821
    analyst: "Actor"  # noqa: F821
    administrator: "Actor"  # noqa: F821
    nobody: "Actor"  # noqa: F821
    foreigner: "Actor"  # noqa: F821
    system: "Actor"  # noqa: F821


@pytest.fixture
def tenant(db: None) -> Iterator[str]:
    """Make the city of most tests and return its id."""
    from spiegelstad.accounts.testing import make_tenant

    yield make_tenant("teststad").id


@pytest.fixture
def other_tenant(tenant: str) -> str:
    """Make a second city, which must never see the first."""
    from spiegelstad.accounts.testing import make_tenant

    return make_tenant("anderstad", host="anderstad.localhost").id


@pytest.fixture
def people(tenant: str, other_tenant: str) -> People:
    """Make everybody; `steward` answers for mobiliteit, `other_steward` for milieu."""
    from spiegelstad.accounts.public import Actor, Role
    from spiegelstad.accounts.testing import make_person

    return People(
        resident=make_person(tenant, Role.RESIDENT, name="Roos Voorbeeld"),
        neighbour=make_person(tenant, Role.RESIDENT, name="Bram Buurman"),
        clerk=make_person(tenant, Role.CLERK, name="Lien Loket"),
        steward=make_person(tenant, Role.STEWARD, ["mobiliteit"], name="Dirk Databeheer"),
        other_steward=make_person(tenant, Role.STEWARD, ["milieu"], name="Mia Milieu"),
        analyst=make_person(tenant, Role.ANALYST, name="An Analist"),
        administrator=make_person(tenant, Role.ADMINISTRATOR, name="Bea Beheerder"),
        nobody=Actor.anonymous(tenant),
        foreigner=make_person(other_tenant, Role.ADMINISTRATOR, name="Vera Vreemd"),
        system=Actor.system(tenant, "tests"),
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with real Flemish data, or skip where it is absent."""
    folder = Path(os.environ.get("SPIEGELSTAD_DATA") or PROJECT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the shared data folder is absent: set SPIEGELSTAD_DATA to run this test")
    return folder
