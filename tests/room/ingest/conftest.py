"""The tests of ingest keep their raw files and data apart."""

import json
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "var"
    settings.DATA = ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where the definitions of the test's city stand."""
    return tmp_path / "sources"


class Httpd:
    """A web server that answers JSON at the addresses it was told, or that it is what the client knows."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = answers.get(self.path.split("?")[0])
                tag = f'"{sha256(body or b"").hexdigest()}"'
                known = body is not None and self.headers["If-None-Match"] == tag
                self.send_response(404 if body is None else 304 if known else 200)
                self.send_header("ETag", tag)
                body = b"" if known else body
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_given: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def serve(self, path: str, answer: object) -> None:
        self.answers[path] = json.dumps(answer).encode()


@pytest.fixture
def httpd() -> Iterator[Httpd]:
    """Give a web server of this machine."""
    one = Httpd()
    yield one
    one.server.shutdown()
    one.server.server_close()
