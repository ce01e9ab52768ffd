"""Files inside a zip, unpacked in pieces with limits on their size and on how much they grow."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import FileTooLarge, UnusableFile
from spiegelstad.ingest.fetch.store import PIECE, RawFile
from spiegelstad.ingest.formats.rows import InputFile

MAX_RATIO = 1_000
MAX_MEMBERS = 10_000


def input_files(files: Sequence[RawFile], form: Format, work: Path, limit: int) -> list[InputFile]:
    """Give the files to read: the kept ones themselves, or what is packed in them. `limit`: bytes, unpacked."""
    found: list[InputFile] = []
    for number, file in enumerate(files):
        if form.type != "xlsx" and _is_zip(file.path):
            found.extend(_unpacked(file, form.member, work / f"unzipped-{number}", limit))
        else:
            found.append(InputFile(file.path, file.name))
    return found


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def _unpacked(file: RawFile, pattern: str, target: Path, limit: int) -> list[InputFile]:
    target.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(file.path) as packed:
            members = _members(packed, pattern)
            if not members:
                raise UnusableFile(
                    f"{file.name}: nothing in it matches `{pattern}`; it holds {_some(packed)}.",
                    remedy="Correct `format.member`.",
                )
            _refuse_bombs(file, members, limit)
            return [_unpack(packed, member, target / str(number), file, limit) for number, member in enumerate(members)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnusableFile(f"{file.name}: the zip can't be read: {error}.", remedy="Ask the publisher.") from None


def _members(packed: zipfile.ZipFile, pattern: str) -> list[zipfile.ZipInfo]:
    chosen = [
        member
        for member in packed.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and (fnmatchcase(member.filename, pattern) or fnmatchcase(member.filename.rsplit("/", 1)[-1], pattern))
    ]
    return sorted(chosen, key=lambda member: member.filename)


def _some(packed: zipfile.ZipFile) -> str:
    return ", ".join(f"`{name}`" for name in packed.namelist()[:10]) or "nothing"


def _refuse_bombs(file: RawFile, members: Sequence[zipfile.ZipInfo], limit: int) -> None:
    total = sum(member.file_size for member in members)
    if total > limit or len(members) > MAX_MEMBERS:
        raise FileTooLarge(
            f"{file.name}: {len(members)} files of {total / 1e6:.0f} MB together when unpacked.",
            remedy="Raise `where.max_megabytes` when that is right.",
        )
    if total > 10_000_000 and total > MAX_RATIO * file.bytes:
        raise FileTooLarge(
            f"{file.name}: grows more than {MAX_RATIO} times when unpacked.", remedy="Ask the publisher."
        )


def _unpack(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, file: RawFile, limit: int) -> InputFile:
    """Write one member under a name of our own; its promised size isn't trusted."""
    written = 0
    with packed.open(member) as source, target.open("wb") as out:
        while piece := source.read(PIECE):
            written += len(piece)
            if written > min(limit, member.file_size):
                raise FileTooLarge(
                    f"{file.name}: `{member.filename}` is larger than it says.", remedy="Ask the publisher."
                )
            out.write(piece)
    return InputFile(target, f"{file.name}/{member.filename.rsplit('/', 1)[-1]}")
