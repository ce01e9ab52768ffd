"""HTTP(S) downloads that can't be led astray: checked addresses, limits on time and size, retries with back-off.

The guard of `base.outgoing` judges every address. Redirects are followed by hand, to the same host or to hosts that the
definition names, and never from https to http.
"""

from __future__ import annotations

import random
import ssl
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpcore

from spiegelstad.base.gzipped import unzipped
from spiegelstad.base.outgoing import HostNotAllowed, JudgedNetwork
from spiegelstad.ingest.errors import SourceUnreachable
from spiegelstad.ingest.fetch.store import RawFile, keep

CONNECT_S = 10.0
READ_S = 30.0
TOTAL_S = 1_800.0
MAX_REDIRECTS = 5
ATTEMPTS = 4
FIRST_WAIT_S = 1.0
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Validators:
    """What the server said last time, to ask whether anything changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Download:
    """A fetched file, or None when nothing changed (304)."""

    file: RawFile | None
    validators: Validators
    content_type: str = ""


class _Again(Exception):
    """The server is there but can't answer now."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


def download(
    url: str,
    *,
    name: str,
    limit: int,
    validators: Validators | None = None,
    redirects_to: Collection[str] = (),
    wait: Callable[[float], None] = time.sleep,
) -> Download:
    """Fetch a URL to the store of raw files; SourceUnreachable after several attempts.

    `limit`: bytes, unpacked. `redirects_to`: hosts besides its own that the server may send us to.
    """
    hosts = {_host(url), *(host.lower() for host in redirects_to)}
    why = ""
    for attempt in range(ATTEMPTS):
        try:
            return _attempt(url, name, limit, validators or Validators(), hosts)
        except (
            _Again,
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ssl.SSLError,
        ) as error:
            why = str(error) or type(error).__name__
            planned = getattr(error, "wait_s", None)
        if attempt < ATTEMPTS - 1:
            spread = 0.75 + random.random() / 2  # noqa: S311  only spreads the load
            wait(min(planned, 60.0) if planned is not None else FIRST_WAIT_S * 2**attempt * spread)
    raise SourceUnreachable(f"{_host(url)} doesn't answer: {why}.", remedy="The next run tries again; the data stays.")


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _attempt(url: str, name: str, limit: int, validators: Validators, hosts: Collection[str]) -> Download:
    deadline = time.monotonic() + TOTAL_S
    with httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=JudgedNetwork()) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            with _ask(pool, url, validators) as response:
                if (target := _redirect(url, response)) is not None:
                    url = _judged_redirect(url, target, hosts)
                    continue
                return _take(response, name, limit, validators, deadline)
    raise SourceUnreachable(f"{_host(url)} redirects more than {MAX_REDIRECTS} times.", remedy="Check the address.")


@contextmanager
def _ask(pool: httpcore.ConnectionPool, url: str, validators: Validators) -> Iterator[httpcore.Response]:
    headers = [
        ("User-Agent", "spiegelstad"),
        ("Accept-Encoding", "gzip"),
        ("Accept", "*/*"),
        ("Host", urlsplit(url).netloc),
    ]
    if validators.etag:
        headers.append(("If-None-Match", validators.etag))
    if validators.last_modified:
        headers.append(("If-Modified-Since", validators.last_modified))
    patience = {"connect": CONNECT_S, "read": READ_S, "write": READ_S, "pool": CONNECT_S}
    with pool.stream("GET", url, headers=headers, extensions={"timeout": patience}) as response:
        yield response


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _redirect(url: str, response: httpcore.Response) -> str | None:
    place = _header(response, b"location")
    return urljoin(url, place) if response.status in (301, 302, 303, 307, 308) and place else None


def _judged_redirect(url: str, target: str, hosts: Collection[str]) -> str:
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or (urlsplit(url).scheme == "https" and parts.scheme == "http"):
        raise HostNotAllowed(f"{_host(url)} redirects to {parts.scheme or 'nowhere'}.", remedy="Check the address.")
    if parts.username is not None or (parts.hostname or "").lower() not in hosts:
        raise HostNotAllowed(
            f"{_host(url)} redirects to the host {parts.hostname}, which the definition doesn't name.",
            remedy="Add it to `where.redirects_to` when that is right.",
        )
    return target


def _take(response: httpcore.Response, name: str, limit: int, validators: Validators, deadline: float) -> Download:
    if response.status == 304:
        return Download(None, validators)
    if response.status in AGAIN:
        after = _header(response, b"retry-after")
        raise _Again(f"it answered {response.status}", float(after) if after.isdigit() else None)
    if response.status != 200:
        raise SourceUnreachable(f"The server answered {response.status}.", remedy="Check the address of the source.")
    body = _until(response.iter_stream(), deadline)
    encoding = _header(response, b"content-encoding").lower()
    if encoding == "gzip":
        body = _unzipped(body)
    elif encoding not in ("", "identity"):
        raise SourceUnreachable(f"The server packs its answer as {encoding}.", remedy="Ask the publisher.")
    file = keep(name, body, limit)
    promised = _header(response, b"content-length")
    if not encoding and promised.isdigit() and int(promised) != file.bytes:
        raise _Again(f"{file.bytes} of {promised} bytes came")
    fresh = Validators(_header(response, b"etag"), _header(response, b"last-modified"))
    return Download(file, fresh, _header(response, b"content-type"))


def _until(pieces: Iterable[bytes], deadline: float) -> Iterator[bytes]:
    for piece in pieces:
        if time.monotonic() > deadline:
            raise _Again("it sends too slowly")
        yield piece


def _unzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip in pieces of at most 1 MB, so that a small answer can't fill the memory."""
    try:
        yield from unzipped(pieces, 1 << 20)
    except zlib.error as error:
        raise _Again(f"its gzip is broken: {error}") from None
    except EOFError:
        raise _Again("its gzip ends too early") from None
