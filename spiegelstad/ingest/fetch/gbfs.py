"""GBFS: the discovery file `gbfs.json` names the feeds; those that are needed are fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from spiegelstad.ingest.definition.source import Gbfs
from spiegelstad.ingest.errors import HostNotAllowed, UnusableFile
from spiegelstad.ingest.fetch.http import download
from spiegelstad.ingest.fetch.store import RawFile
from spiegelstad.ingest.formats.gbfs import FEEDS


def fetch(place: Gbfs, records: str, *, limit: int, redirects_to: Sequence[str]) -> list[RawFile]:
    """Fetch the feeds that `records` is read from, each a raw file with the name of its feed."""
    discovery = download(place.url, name="gbfs.json", limit=limit, redirects_to=redirects_to).file
    assert discovery is not None  # nothing was asked that could be answered with “not changed”
    addresses = feeds_of(discovery.path.read_bytes(), place.language)
    hosts = {urlsplit(place.url).hostname, *redirects_to}
    found = []
    for names in FEEDS[records]:
        name = next((one for one in names if one in addresses), None)
        if name is None:
            raise UnusableFile(f"The system has no feed {' or '.join(names)}.", remedy="Check `records`.")
        _check_host(addresses[name], hosts)
        feed = download(addresses[name], name=f"{name}.json", limit=limit, redirects_to=redirects_to).file
        assert feed is not None
        found.append(feed)
    return found


def feeds_of(discovery: bytes, language: str) -> dict[str, str]:
    """Return the address of each feed by its name; version 2 has a list for each language."""
    try:
        data: Any = orjson.loads(discovery)["data"]
        by_language = data if "feeds" in data else data.get(language) or next(iter(data.values()))
        return {str(feed["name"]): str(feed["url"]) for feed in by_language["feeds"]}
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise UnusableFile("This is no discovery file of GBFS.", remedy="Give the address of `gbfs.json`.") from None


def _check_host(url: str, hosts: set[str | None]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.hostname not in hosts:
        raise HostNotAllowed(
            f"A feed is at the host {parts.hostname}, which the definition doesn't name.",
            remedy="Add it to `where.redirects_to` when that is right.",
        )
