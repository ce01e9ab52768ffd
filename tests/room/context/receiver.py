"""A receiver of notifications, as a process of its own: `python receiver.py FILE [PORT]`.

It writes one line of JSON for each request to FILE and flushes it to disk before it answers. The path says how it
behaves: /ok, /wordy (200 with a long page), /slow/SECONDS, /status/CODE, /fail-once (500 for the first of each
entity), /hold (never answers).
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAILED = set()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        line = json.dumps(
            {"path": self.path, "headers": dict(self.headers), "body": json.loads(body), "at": time.time()}
        )
        os.write(LOG, (line + "\n").encode())
        _, kind, *rest = self.path.split("/")
        if kind in ("slow", "hold"):
            time.sleep(float(rest[0]) if rest else 3600)
        status = int(rest[0]) if kind == "status" else 200
        if kind == "fail-once":
            key = json.dumps(json.loads(body)["data"])
            status = 200 if key in FAILED else 500
            FAILED.add(key)
        self.send_response(status)
        page = b"x" * 200_000 if kind == "wordy" else b""
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200


LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Receiver)
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
server.serve_forever()
