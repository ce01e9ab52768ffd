"""A receiver of notifications, as a process: `python -m benchmarks.context_receiver PORT FILE`.

An update's value is the time at which it was sent; the receiver writes how many seconds later it came, one line each.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Receiver(BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Note when each of the entities was sent."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        now = time.time()
        FILE.write("".join(f"{now - entity['sentAt']['value']}\n" for entity in told["data"]))
        FILE.flush()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a", encoding="ascii") as FILE:
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
