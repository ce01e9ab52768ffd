"""Other catalogues for the tests: real HTTP servers that answer what a test puts in them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answered:
    """An answer to give."""

    body: bytes = b""
    media_type: str = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[dict[str, str], dict[str, str]], Answered]


class Portal:
    """A server on this machine. `pages`: path → an answer, or a function of the query and the request's headers."""

    def __init__(self) -> None:
        self.pages: dict[str, Answered | Answering] = {}
        self.asked: list[str] = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                portal.asked.append(self.path)
                found = portal.pages.get(parts.path, Answered(b"nothing here", "text/plain", 404))
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                answer = found if isinstance(found, Answered) else found(query, dict(self.headers))
                self.send_response(answer.status)
                for name, value in {"Content-Type": answer.media_type, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()
