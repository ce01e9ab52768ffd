"""Files below the data folder, found by pattern and never outside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from spiegelstad.ingest.errors import SourceUnreachable, UnusableFile
from spiegelstad.ingest.fetch.store import RawFile, keep, pieces_of

MAX_FILES = 10_000


def data_folders() -> list[Path]:
    """Return where files are looked for: SPIEGELSTAD_DATA when it is set, then `var/data`."""
    own = Path(settings.VAR) / "data"
    return [Path(settings.DATA).resolve(), own] if settings.DATA else [own]


def find_files(pattern: str, folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """Give (name below the folder, path) of the files that match, by name, in the first folder that has any."""
    for folder in folders:
        found = sorted(path for path in folder.glob(pattern) if path.is_file()) if folder.is_dir() else []
        if len(found) > MAX_FILES:
            raise UnusableFile(f"More than {MAX_FILES} files match `{pattern}`.", remedy="Narrow the pattern.")
        if found:
            return [(path.relative_to(folder).as_posix(), _inside(path, folder)) for path in found]
    raise SourceUnreachable(
        f"No file matches `{pattern}` in the data folder.", remedy="Check `where.file` and SPIEGELSTAD_DATA."
    )


def keep_files(pattern: str, limit: int) -> list[RawFile]:
    """Copy the files that match to the store of raw files, so that what is read is what was hashed."""
    kept = []
    for name, path in find_files(pattern, data_folders()):
        with path.open("rb") as file:
            kept.append(keep(name, pieces_of(file), limit))
    return kept


def _inside(path: Path, folder: Path) -> Path:
    """Follow links and refuse what lies outside the folder."""
    real = path.resolve()
    if not real.is_relative_to(folder.resolve()):
        raise UnusableFile(f"`{path.name}` is a link that leaves the data folder.", remedy="Copy the file into it.")
    return real
