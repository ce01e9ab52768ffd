"""The one way out: what is refused, and a real server that is too slow, too long, or elsewhere."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from spiegelstad.base import outgoing
from spiegelstad.base.outgoing import HostNotAllowed, Unreachable, UnusableAddress, fetch, request


class Server:
    """A server on loopback that does what `answers` says by path; `connections` counts those that were opened."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str, bytes, dict[str, str]]] = []
        self.connections = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.asked.append((self.command, self.path, body, {k.lower(): v for k, v in self.headers.items()}))
                outer.answers.get(self.path, says(b"{}"))(self)

            do_GET = do_POST  # noqa: N815  named as http.server wants it

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


def says(body: bytes = b"", status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.ALLOW_HOSTS = ["127.0.0.1"]
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_request_sends_and_brings_back(server: Server) -> None:
    server.answers["/in?a=%C3%A9"] = says(b"thanks", 202, X_One="1")
    got = request("POST", f"{server.url}/in?a=é", {"Content-Type": "text/plain"}, b"hello")
    assert (got.status, got.body, got.headers["x-one"]) == (202, b"thanks", "1")
    method, path, body, headers = server.asked[0]
    assert (method, path, body, headers["content-type"]) == ("POST", "/in?a=%C3%A9", b"hello", "text/plain")
    assert headers["host"] == f"127.0.0.1:{server.port}"


def test_request_uses_a_connection_again(server: Server) -> None:
    for _ in range(5):
        assert request("POST", f"{server.url}/a", {}, b"x").status == 200
    assert server.connections == 1


def test_request_gives_bad_statuses_back_and_follows_nothing(server: Server) -> None:
    server.answers["/a"] = says(b"", 302, Location="http://169.254.169.254/")
    server.answers["/b"] = says(b"no", 500)
    assert request("GET", f"{server.url}/a").status == 302
    assert request("GET", f"{server.url}/b").body == b"no"


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "ftp://a.example/", "http://", "http://user:pass@a.example/", "http://a..b/", "no",
     "http://a.example:port/", "gopher://127.0.0.1:70/"],
)  # fmt: skip
def test_request_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(UnusableAddress):
        request("GET", url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_request_to_a_private_address_is_refused(server: Server, settings: Settings, host: str) -> None:
    settings.ALLOW_HOSTS = []
    with pytest.raises((HostNotAllowed, Unreachable)):
        request("GET", f"http://{host}:{server.port}/a")
    assert not server.asked


def test_name_is_resolved_once_and_the_judged_address_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_HOSTS = []
    names = ["93.184.216.34", "127.0.0.1"]
    connected: list[str] = []

    def resolve(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (names.pop(0), port))]

    def connect(self: object, host: str, *args: object) -> None:
        connected.append(host)
        raise outgoing.httpcore.ConnectError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outgoing.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(Unreachable):
        request("GET", "http://rebind.example/")
    with pytest.raises(HostNotAllowed):
        request("GET", "http://rebind.example/")
    assert connected == ["93.184.216.34"]


def test_request_that_drips_ends_in_time(server: Server) -> None:
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            while not stop.wait(0.05):
                handler.wfile.write(b"H")  # one byte of the status line at a time: no read takes long
                handler.wfile.flush()

    server.answers["/a"] = drip
    begin = time.monotonic()
    with pytest.raises(Unreachable):
        request("GET", f"{server.url}/a", timeout_s=0.4)
    stop.set()
    assert time.monotonic() - begin < 2


def test_request_with_a_long_answer_is_cut(server: Server) -> None:
    server.answers["/a"] = says(b"x" * 2_000)
    with pytest.raises(Unreachable, match="more than 1000 bytes"):
        request("GET", f"{server.url}/a", limit_bytes=1_000)
    assert request("GET", f"{server.url}/a", limit_bytes=2_000).body == b"x" * 2_000


def test_request_to_nobody_is_unreachable(settings: Settings) -> None:
    settings.ALLOW_HOSTS = ["127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        request("GET", f"http://127.0.0.1:{port}/")


def test_request_cannot_smuggle_headers(server: Server) -> None:
    with pytest.raises(Unreachable):
        request("GET", f"{server.url}/a", {"X-One": "a\r\nX-Two: b"})
    assert request("GET", f"{server.url}/a\r\nX-Two: b").status == 200
    assert all("x-two" not in headers for *_, headers in server.asked)


def test_redirect_to_no_address_is_told(server: Server) -> None:
    server.answers["/"] = says(status=302, Location="http://[")
    with pytest.raises(UnusableAddress, match="redirects to no address"):
        fetch(f"{server.url}/")


def test_fetch_follows_redirects_and_judges_each(server: Server, settings: Settings) -> None:
    server.answers["/a"] = says(b"", 302, Location="/b")
    server.answers["/b"] = says(b"here")
    got = fetch(f"{server.url}/a")
    assert (got.body, got.url) == (b"here", f"{server.url}/b")
    server.answers["/c"] = says(b"", 302, Location="http://169.254.169.254/latest")
    with pytest.raises(HostNotAllowed):
        fetch(f"{server.url}/c")
    server.answers["/d"] = says(b"", 302, Location="/d")
    with pytest.raises(Unreachable, match="redirects"):
        fetch(f"{server.url}/d")
