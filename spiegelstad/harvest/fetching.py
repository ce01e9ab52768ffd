"""Fetching from another catalogue: every request through the guard of base, all of them within the limits."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from spiegelstad.base import outgoing
from spiegelstad.base.errors import TooLarge, Unavailable
from spiegelstad.base.outgoing import Response
from spiegelstad.harvest.definition import Limits

OK, NOT_MODIFIED = 200, 304
REQUEST_S = 60.0
MAX_CONTEXT_BYTES = 1024 * 1024
_LINK = re.compile(r'<([^<>]*)>([^<]*?rel="?next"?)')


class SourceUnreachable(Unavailable):
    """The other catalogue doesn't answer, or not with its records."""

    title = "The catalogue can't be reached"


class TooMuch(TooLarge):
    """The other catalogue has more than the definition allows."""

    title = "The catalogue is too large"


class NotModified(Exception):
    """The only document of the source is the same as the last time."""


class Visit:
    """One visit to a source: counts documents, bytes and time, and knows where it has been."""

    def __init__(self, address: str, limits: Limits, *, etag: str = "", last_modified: str = "") -> None:
        self.host = urlsplit(address).hostname
        self.limits = limits
        self.conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        self.etag, self.last_modified = "", ""
        self.ends = time.monotonic() + limits.minutes * 60
        self.documents = self.bytes = 0
        self.digest = hashlib.sha256()
        self.seen: set[str] = set()

    def get(self, url: str, accept: str) -> Response:
        """Fetch one document; the first is asked for on condition that it changed (`NotModified`)."""
        if url in self.seen:
            raise SourceUnreachable("The pages go round in a circle.", remedy="Tell the publisher; nothing is changed.")
        if len(self.seen) >= self.limits.pages:
            raise TooMuch(f"There are more than {self.limits.pages} pages.", remedy="Raise limits.pages.")
        conditions = {name: value for name, value in self.conditions.items() if value} if not self.seen else {}
        self.seen.add(url)
        answer = self._fetch(url, {"Accept": accept, **conditions}, self.limits.megabytes * 1_000_000)
        if answer.status == NOT_MODIFIED and conditions:
            raise NotModified
        if answer.status != OK:
            raise SourceUnreachable(f"{self.host} answers with status {answer.status}.")
        self.documents += 1
        self.bytes += len(answer.body)
        self.digest.update(answer.body)
        first = self.documents == 1  # a condition on one of several pages says nothing about the others
        self.etag = answer.headers.get("etag", "")[:500] if first else ""
        self.last_modified = answer.headers.get("last-modified", "")[:100] if first else ""
        return answer

    def context(self, url: str) -> bytes:
        """Fetch a JSON-LD context."""
        return self._fetch(url, {"Accept": "application/ld+json"}, MAX_CONTEXT_BYTES).body

    def _fetch(self, url: str, headers: Mapping[str, str], limit_bytes: int) -> Response:
        left_s = self.ends - time.monotonic()
        if left_s <= 0:
            raise TooMuch(f"Reading takes more than {self.limits.minutes} minutes.", remedy="Raise limits.minutes.")
        try:
            return outgoing.fetch(url, headers, timeout_s=min(left_s, REQUEST_S), limit_bytes=limit_bytes)
        except outgoing.Unreachable as error:
            raise SourceUnreachable(error.detail, remedy=error.remedy) from None

    def following(self, answer: Response, link: str) -> str:
        """Return the address of the next page: what the document names, else the answer's Link header; or nothing."""
        named = link or _next_link(answer.headers.get("link", ""))
        if not named:
            return ""
        address = urljoin(answer.url, named)
        if urlsplit(address).hostname != self.host:
            raise SourceUnreachable(f"The next page is at another host than {self.host}.", remedy="Tell the publisher.")
        return address


def _next_link(header: str) -> str:
    found = _LINK.search(header[:10_000])
    return found[1] if found else ""
