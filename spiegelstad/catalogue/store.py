"""The files of versions, named by their content: `ab/ab12….parquet` under `settings.DATASETS`.

A file comes into its place complete or not at all, and before the row that names it; what a crash leaves behind is a
file without a row, which `sweep` removes. Two tenants, or two versions, with the same content share one file.

A *sidecar* (`ab/ab12….features.arrow`) lies beside a version's file, is made from it alone, and goes with it.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from uuid import uuid4

from django.conf import settings

_INCOMING = "incoming"
_PIECE = 1024 * 1024


def root() -> Path:
    """Return the folder of all files."""
    return Path(settings.DATASETS)


def incoming_file() -> Path:
    """Return a new path to write to, on the same filesystem as the store, so that publishing is a rename."""
    folder = root() / _INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid4().hex}.parquet"


def path_of(content_hash: str) -> Path:
    """Return where a file with this content is."""
    return root() / content_hash[:2] / f"{content_hash}.parquet"


def sidecar_of(content_hash: str, name: str) -> Path:
    """Return where something made from the file with this content is kept; whoever makes it moves it here whole."""
    return path_of(content_hash).with_suffix(f".{name}")


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def adopt(path: Path) -> tuple[Path, str]:
    """Take a file over: return its durable place under `incoming`, on the store's own filesystem, and its hash."""
    target = incoming_file()
    try:
        path.rename(target)
    except OSError:  # another filesystem
        shutil.copyfile(path, target)
        path.unlink()
    target.chmod(0o444)
    with ThreadPoolExecutor(1) as beside:  # the disk writes while the processor reads
        synced = beside.submit(_sync, target)
        content_hash = hash_of(target)
        synced.result()
    return target, content_hash


def put(adopted: Path, content_hash: str) -> None:
    """Move an adopted file to its name; done already when the same content is there, whole."""
    target = path_of(content_hash)
    if target.exists() and target.stat().st_size == adopted.stat().st_size:
        adopted.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    adopted.replace(target)
    _sync(target.parent)
    _sync(target.parent.parent)


def remove(content_hash: str) -> None:
    """Remove a file with all its sidecars; nothing happens when it is gone already."""
    path = path_of(content_hash)
    for found in (path, *path.parent.glob(f"{content_hash}.*")):
        found.unlink(missing_ok=True)


def hashes() -> Iterator[str]:
    """Yield the content hash in the name of each file in the store."""
    for path in root().glob("[0-9a-f][0-9a-f]/*.parquet"):
        yield path.stem


def age_s(path: Path) -> float:
    """Return for how long a file has not changed, in seconds; 0 when it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def abandoned(older_than_s: float) -> Iterator[Path]:
    """Yield incoming files that nobody has written to for this long, and sidecars that old whose file is gone."""
    beside = (path for path in root().glob("[0-9a-f][0-9a-f]/*.*") if path.suffix != ".parquet")
    lost = (path for path in beside if not path_of(path.name.partition(".")[0]).exists())
    for path in chain((root() / _INCOMING).glob("*"), lost):
        if age_s(path) > older_than_s:
            yield path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
