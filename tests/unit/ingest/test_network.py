"""Downloads from a real server that does everything wrong."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from spiegelstad.base.outgoing import HostNotAllowed
from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import Opendatasoft
from spiegelstad.ingest.errors import FileTooLarge, SourceUnreachable, UnusableFile
from spiegelstad.ingest.fetch import http, opendatasoft
from spiegelstad.ingest.fetch.http import Download, Validators, download

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A real HTTP server on loopback; `answers` by path, `asked` what came in."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
                outer.answers[self.path.split("?")[0]](self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer a path in this way."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **headers}.items():
                handler.send_header(key.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    settings.VAR = tmp_path
    settings.ALLOW_HOSTS = ["127.0.0.1"]
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


def get(url: str, limit: int = 10_000, **options: Any) -> Download:
    return download(url, name="x.csv", limit=limit, wait=lambda seconds: None, **options)


def body_of(got: Download) -> bytes:
    assert got.file is not None
    return got.file.path.read_bytes()


def test_download_keeps_the_bytes_by_their_checksum(server: Server) -> None:
    server.says("/a", b"a;b\n1;2\n", ETag='"7"', Last_Modified="Mon, 05 Jan 2026 08:00:00 GMT")
    got = get(f"{server.url}/a")
    assert body_of(got) == b"a;b\n1;2\n" and got.file is not None and got.file.path.name == got.file.sha256
    assert got.validators == Validators('"7"', "Mon, 05 Jan 2026 08:00:00 GMT")


def test_download_asks_only_for_what_changed(server: Server) -> None:
    server.says("/a", status=304)
    known = Validators('"7"', "Mon, 05 Jan 2026 08:00:00 GMT")
    assert get(f"{server.url}/a", validators=known) == Download(None, known)
    asked = server.asked[0][1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == (known.etag, known.last_modified)


def test_download_unpacks_gzip_with_a_limit(server: Server) -> None:
    server.says("/a", gzip.compress(b"a" * 5_000), Content_Encoding="gzip")
    assert len(body_of(get(f"{server.url}/a"))) == 5_000
    server.says("/members", gzip.compress(b"one\n") + gzip.compress(b"two\n"), Content_Encoding="gzip")
    assert body_of(get(f"{server.url}/members")) == b"one\ntwo\n"
    server.says("/bomb", gzip.compress(b"a" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(FileTooLarge):
        get(f"{server.url}/bomb", limit=1_000_000)
    server.says("/cut", gzip.compress(b"abc" * 5_000)[:-10], Content_Encoding="gzip")
    with pytest.raises(SourceUnreachable, match="ends too early"):
        get(f"{server.url}/cut", limit=100_000)


def test_download_larger_than_allowed_is_refused_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.says("/a", b"x" * 20_000)
    with pytest.raises(FileTooLarge):
        get(f"{server.url}/a")
    assert [path for path in (tmp_path / "raw").rglob("*") if path.is_file()] == []


def test_download_is_tried_again_with_growing_pauses(server: Server) -> None:
    waits: list[float] = []
    server.says("/a", status=503)
    with pytest.raises(SourceUnreachable, match="503"):
        download(f"{server.url}/a", name="x", limit=10, wait=waits.append)
    assert len(server.asked) == 4 and waits[0] < waits[1] < waits[2]
    server.says("/b", status=429, Retry_After="7")
    waits.clear()
    with pytest.raises(SourceUnreachable):
        download(f"{server.url}/b", name="x", limit=10, wait=waits.append)
    assert waits == [7, 7, 7]


def test_download_recovers_when_a_later_try_succeeds(server: Server) -> None:
    def first_broken(handler: BaseHTTPRequestHandler) -> None:
        server.says("/a", b"whole")
        handler.send_response(200)
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"wh")

    server.answers["/a"] = first_broken
    assert body_of(get(f"{server.url}/a")) == b"whole"


def test_download_of_what_is_not_there_fails_at_once(server: Server) -> None:
    server.says("/a", b"no", status=404)
    with pytest.raises(SourceUnreachable, match="404"):
        get(f"{server.url}/a")
    assert len(server.asked) == 1


def test_download_from_a_server_that_is_away_fails_with_its_name(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1 doesn't answer"):
        get(f"http://127.0.0.1:{port}/a")


def test_download_from_a_silent_server_gives_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_S", 0.1)
    done = threading.Event()
    server.answers["/a"] = lambda handler: done.wait(5) and None
    with pytest.raises(SourceUnreachable):
        get(f"{server.url}/a")
    done.set()


def test_download_that_drips_gives_up_in_the_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TOTAL_S", 0.0)
    server.says("/a", b"slow")
    with pytest.raises(SourceUnreachable, match="too slowly"):
        get(f"{server.url}/a")


def test_private_host_needs_the_leave_of_the_installation(server: Server, settings: Settings) -> None:
    server.says("/a", b"secret")
    settings.ALLOW_HOSTS = [f"127.0.0.1:{server.port}"]
    assert body_of(get(f"{server.url}/a")) == b"secret"
    settings.ALLOW_HOSTS = []
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"):
        with pytest.raises((HostNotAllowed, SourceUnreachable)) as raised:
            get(f"http://{host}:{server.port}/a")
        assert "private" in str(raised.value) or host in ("[::ffff:127.0.0.1]",)
    assert len(server.asked) == 1


def test_name_is_resolved_once_so_that_its_answer_cannot_change(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_HOSTS = []
    real, answers = socket.getaddrinfo, ["93.184.216.34", "127.0.0.1"]
    connected: list[str] = []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return real(answers.pop(0) if host == "rebind.example" else host, port, *args, **kwargs)

    def connect(self: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        connected.append(host)
        raise http.httpcore.ConnectError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(HostNotAllowed):  # the first try goes to the public address, the second is refused
        get("http://rebind.example/a")
    assert connected == ["93.184.216.34"]


def test_host_with_one_private_address_among_public_ones_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.ALLOW_HOSTS, settings.VAR = [], tmp_path
    found = [(2, 1, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(HostNotAllowed):
        get("http://mixed.example/a")


def test_redirect_is_followed_on_the_same_host_and_to_named_ones(server: Server, settings: Settings) -> None:
    settings.ALLOW_HOSTS = ["127.0.0.1", "localhost"]
    server.says("/a", status=302, Location="/b")
    server.says("/b", b"here")
    assert body_of(get(f"{server.url}/a")) == b"here"
    server.says("/c", status=301, Location=f"http://localhost:{server.port}/b")
    assert body_of(get(f"{server.url}/c", redirects_to=["localhost"])) == b"here"
    with pytest.raises(HostNotAllowed, match="localhost"):
        get(f"{server.url}/c")


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "http://user@127.0.0.1/b", "//10.0.0.1/x", "gopher://x"],
)
def test_redirect_elsewhere_is_refused(server: Server, target: str) -> None:
    server.says("/a", status=302, Location=target)
    with pytest.raises(HostNotAllowed):
        get(f"{server.url}/a")


def test_redirect_to_a_private_address_is_refused_even_when_the_definition_names_it(
    server: Server, settings: Settings
) -> None:
    settings.ALLOW_HOSTS = ["127.0.0.1"]
    server.says("/a", status=302, Location=f"http://localhost:{server.port}/b")
    with pytest.raises(HostNotAllowed, match="private network"):
        get(f"{server.url}/a", redirects_to=["localhost"])


def test_redirects_without_end_are_refused(server: Server) -> None:
    server.says("/a", status=302, Location="/a")
    with pytest.raises(SourceUnreachable, match="redirects more than"):
        get(f"{server.url}/a")


def test_portal_exports_a_whole_dataset(server: Server) -> None:
    path = "/api/explore/v2.1/catalog/datasets/parking/exports/csv"
    server.says(path, b"name;occupation\nReep;42\n")
    api = Opendatasoft(domain=server.url, dataset="parking", where="occupation > 3")
    form = Format(type="csv", separator=";")
    got = opendatasoft.fetch(api, form, name="x", limit=1_000, validators=Validators(), redirects_to=[])
    assert body_of(got).startswith(b"name;")
    assert "where=occupation+%3E+3" in server.asked[0][0] and "delimiter=%3B" in server.asked[0][0]


def test_portal_gives_records_page_by_page(server: Server) -> None:
    path = "/api/explore/v2.1/catalog/datasets/parking/records"

    def answer(handler: BaseHTTPRequestHandler) -> None:
        offset = int(handler.path.split("offset=")[1])
        results = ", ".join(f'{{"n": {n}}}' for n in range(offset, min(offset + 100, 250)))
        body = f'{{"total_count": 250, "results": [{results}]}}'.encode()
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    server.answers[path] = answer
    api = Opendatasoft(domain=server.url, dataset="parking", mode="records")
    form = Format(type="json")
    got = opendatasoft.fetch(api, form, name="x", limit=100_000, validators=Validators(), redirects_to=[])
    assert body_of(got).count(b'"n"') == 250 and len(server.asked) == 3
    server.says(path, b'{"total_count": 20000, "results": []}')
    with pytest.raises(UnusableFile, match="20000 records"):
        opendatasoft.fetch(api, form, name="x", limit=100_000, validators=Validators(), redirects_to=[])
    server.says(path, b'{"total_count": 250, "results": [{"n": 1}]}')
    with pytest.raises(UnusableFile, match="3 of 250 records"):
        opendatasoft.fetch(api, form, name="x", limit=100_000, validators=Validators(), redirects_to=[])
    server.says(path, b"<html>")
    with pytest.raises(UnusableFile, match="isn't a page of records"):
        opendatasoft.fetch(api, form, name="x", limit=100_000, validators=Validators(), redirects_to=[])
