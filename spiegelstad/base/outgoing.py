"""The one way out: every request that somebody else's address makes us send goes through this guard.

The name of a host is resolved once, each address is judged, and the connection goes to a judged address: a second
answer of the name server (DNS rebinding) is never asked for. Private addresses are refused unless the installation
lists the host (SPIEGELSTAD_ALLOW_HOSTS). Time and size are limited, and nobody is followed from https to http.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore
from django.conf import settings

from spiegelstad.base.addresses import is_allowed_host, is_public
from spiegelstad.base.errors import Forbidden, InvalidInput, Unavailable

TIMEOUT_S = 10.0
LIMIT_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
IDLE_S = 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_URL_SAFE = "%/:=&?~+!$,;'@()*[]-._"
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_making = threading.Lock()


class HostNotAllowed(Forbidden):
    """An address, or a redirect, leads to a host that isn't allowed."""

    title = "This host is not allowed"


class UnusableAddress(InvalidInput):
    """A text that is no http(s) address, or one with a name and password in it."""

    title = "This address can't be used"


class Unreachable(Unavailable):
    """The other side doesn't answer, not in time, or with more than the limit."""

    title = "The other side can't be reached"


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `headers`: names in lower case; `url`: where it came from, after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def request(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    timeout_s: float = TIMEOUT_S,
    limit_bytes: int = LIMIT_BYTES,
    needs_body: bool = True,
) -> Response:
    """Send one request and return the answer, whatever its status; redirects are not followed.

    `timeout_s` is for the whole exchange, `limit_bytes` for the answer's body; without `needs_body` one that is longer
    is left unread and empty, for the status says all. HostNotAllowed, UnusableAddress, Unreachable.
    """
    target, host = _target(url)
    sent = {"Host": host, "User-Agent": "spiegelstad", "Content-Length": str(len(body)), **(headers or {})}
    if not body and method in ("GET", "HEAD", "DELETE"):
        del sent["Content-Length"]
    try:
        with _within(timeout_s):
            status, got, content = _exchange(method, target, sent, body, limit_bytes)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise Unreachable(f"{host} doesn't answer: {error or type(error).__name__}.") from error
    if content is None and needs_body:
        raise Unreachable(f"{host} answers with more than {limit_bytes} bytes.")
    return Response(status, got, content or b"", url)


def fetch(
    url: str, headers: Mapping[str, str] | None = None, *, timeout_s: float = TIMEOUT_S, limit_bytes: int = LIMIT_BYTES
) -> Response:
    """GET an address and follow its redirects, each judged, never from https to http; the time is for all together."""
    ends = time.monotonic() + timeout_s
    for _ in range(MAX_REDIRECTS + 1):
        left_s = max(ends - time.monotonic(), 0.001)
        answer = request("GET", url, headers, timeout_s=left_s, limit_bytes=limit_bytes)
        place = answer.headers.get("location")
        if answer.status not in _REDIRECTS or not place:
            return answer
        try:
            there = urljoin(url, place)
            scheme = urlsplit(there).scheme
        except ValueError:
            raise UnusableAddress(f"{urlsplit(url).hostname} redirects to no address: {place[:200]!r}.") from None
        if urlsplit(url).scheme == "https" and scheme != "https":
            raise HostNotAllowed(f"{urlsplit(url).hostname} redirects from https to something else.")
        url = there
    raise Unreachable(f"{urlsplit(url).hostname} redirects more than {MAX_REDIRECTS} times.")


def judged_addresses(host: str, port: int) -> list[str]:
    """Resolve a host once and return its addresses; HostNotAllowed when one is private and the host is not listed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} isn't known: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = {name.lower() for name in settings.ALLOW_HOSTS}
    if not is_allowed_host(host, port, allowed) and not all(is_public(address) for address in addresses):
        raise HostNotAllowed(
            f"{host} has an address in a private network.",
            remedy="Name it in SPIEGELSTAD_ALLOW_HOSTS when that is meant.",
        )
    return addresses


class JudgedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that were judged, and to nothing else."""

    def __init__(self) -> None:
        self.sync = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve once, judge every address, connect to the first that answers."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in judged_addresses(host, port):
            try:
                return _Timely(self.sync.connect_tcp(address, port, _left(timeout), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: nobody lives behind a socket file."""
        raise httpcore.ConnectError("no socket files")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.sync.sleep(seconds)


class _Timely(httpcore.NetworkStream):
    """A connection on which every step also keeps the deadline of the whole exchange: dripping doesn't extend it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timely(self.inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


@contextmanager
def _within(timeout_s: float) -> Iterator[None]:
    token = _deadline.set(time.monotonic() + timeout_s)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None) -> float | None:
    ends = _deadline.get()
    if ends is None:
        return timeout
    left_s = ends - time.monotonic()
    if left_s <= 0:
        raise httpcore.ReadTimeout("it is too slow")
    return left_s if timeout is None else min(timeout, left_s)


def _target(url: str) -> tuple[httpcore.URL, str]:
    """Return the address as httpcore wants it, and the Host header."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        raise UnusableAddress(f"This is no address: {url[:200]!r}.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UnusableAddress(f"This is no http or https address: {url[:200]!r}.")
    if parts.username is not None or parts.password is not None:
        raise UnusableAddress("An address with a name or a password in it is not used.")
    path = quote(parts.path or "/", safe=_URL_SAFE) + (f"?{quote(parts.query, safe=_URL_SAFE)}" if parts.query else "")
    name = host.decode()
    shown = f"[{name}]" if ":" in name else name
    target = httpcore.URL(scheme=parts.scheme.encode(), host=host, port=port, target=path.encode())
    return target, shown if port is None else f"{shown}:{port}"


@lru_cache(maxsize=1)
def _pool(process: int) -> httpcore.ConnectionPool:
    """Return the connections of this process: a forked child never speaks through its parent's."""
    return httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(),
        network_backend=JudgedNetwork(),
        max_connections=None,
        max_keepalive_connections=100,
        keepalive_expiry=IDLE_S,
    )


def _exchange(
    method: str, target: httpcore.URL, headers: Mapping[str, str], body: bytes, limit_bytes: int
) -> tuple[int, dict[str, str], bytes | None]:
    """Return status, headers and body; None for a body over the limit."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    with _making:  # else threads that begin together each make one, and one's connections are lost
        pool = _pool(os.getpid())
    with pool.stream(method, target, headers=raw, content=body or None) as answer:
        pieces, size = [], 0
        for piece in answer.iter_stream():
            size += len(piece)
            if size > limit_bytes:
                return answer.status, {}, None
            pieces.append(piece)
        return answer.status, _headers(answer.headers), b"".join(pieces)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
