"""One door to all places: fetch what a definition names, as kept raw files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import SourceUnreachable
from spiegelstad.ingest.fetch import gbfs, opendatasoft
from spiegelstad.ingest.fetch.files import keep_files
from spiegelstad.ingest.fetch.http import Validators, download
from spiegelstad.ingest.fetch.store import RawFile


@dataclass(frozen=True)
class Fetched:
    """What was fetched; no files means that the server said nothing changed."""

    files: Sequence[RawFile]
    form: Format
    validators: Validators = field(default_factory=Validators)
    is_offline: bool = False

    @property
    def checksum(self) -> str:
        """One checksum for all files: their own when there is one, else over all names and checksums."""
        return checksum_of(self.files)

    @property
    def bytes(self) -> int:
        """Bytes of all files together."""
        return sum(file.bytes for file in self.files)


def checksum_of(files: Sequence[RawFile]) -> str:
    """Give the SHA-256 that stands for these files together."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("\n".join(f"{file.sha256} {file.name}" for file in files).encode()).hexdigest()


def format_of(definition: SourceDefinition, *, is_offline: bool) -> Format:
    """Give the format of the files: the offline ones may have their own."""
    return (definition.where.offline_format if is_offline else None) or definition.format


def fetch(definition: SourceDefinition, validators: Validators) -> Fetched:
    """Fetch the files of a source; the offline ones when SPIEGELSTAD_DATA is set and the definition names them."""
    where = definition.where
    limit = where.max_megabytes * 1_000_000
    if where.offline and settings.DATA:
        return Fetched(keep_files(where.offline, limit), format_of(definition, is_offline=True), is_offline=True)
    if where.file:
        return Fetched(keep_files(where.file, limit), definition.format)
    name = f"{definition.source}.{definition.format.type}"
    if where.gbfs:
        feeds = gbfs.fetch(where.gbfs, definition.format.records, limit=limit, redirects_to=where.redirects_to)
        return Fetched(feeds, definition.format)
    if where.opendatasoft:
        got = opendatasoft.fetch(
            where.opendatasoft,
            definition.format,
            name=name,
            limit=limit,
            validators=validators,
            redirects_to=where.redirects_to,
        )
    elif where.url:
        got = download(where.url, name=name, limit=limit, validators=validators, redirects_to=where.redirects_to)
    else:
        raise SourceUnreachable("There is no file and no network place.", remedy="Set SPIEGELSTAD_DATA.")
    return Fetched([got.file] if got.file else [], definition.format, got.validators)
