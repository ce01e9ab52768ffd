"""Servers and other processes of the measurements of the live context, and clients that load them."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

OURS, BARE, RECEIVER = 8121, 8122, 8123
THREADS = 4
READY_S = 60.0


@contextmanager
def running(command: Sequence[str], port: int | None = None, *, python: str = sys.executable) -> Iterator[None]:
    """Run a Python module, with arguments, until the block ends; wait for its port first."""
    child = subprocess.Popen([python, "-m", *command], stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[1])
    try:
        if port is not None:
            _wait_for(port, child)
        yield
    finally:
        child.terminate()
        child.wait(30)


@contextmanager
def both_servers(folder: Path, dsn: str) -> Iterator[None]:
    """Run our web server, as `up` runs it, and Granian with the bare callable, both with the same threads."""
    os.environ["BENCH_DATABASE"] = dsn
    bare = ["granian", "--interface", "wsgi", "--port", str(BARE), "--blocking-threads", str(THREADS)]
    with ours(folder), running([*bare, "--no-ws", "--log-level", "error", "benchmarks.context_bare:application"], BARE):
        yield


@contextmanager
def ours(folder: Path) -> Iterator[None]:
    """Run our web server, as `up` runs it."""
    command = ["spiegelstad.project.server", "--port", str(OURS), "--threads", str(THREADS)]
    with running([*command, "--log-folder", str(folder)], OURS):
        yield


def _wait_for(port: int, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens at {port}")


class Connection:
    """A kept-alive connection that sends requests as bytes: as little work for the client as can be."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Send a request; return the body of the answer, which must be a success."""
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        if not head.startswith(b"http/1.1 2"):
            raise RuntimeError(f"{request[:200]!r}: {received[:600]!r}")
        _, _, length = head.partition(b"content-length: ")
        size = int(length.partition(b"\r")[0]) if length else 0
        parts, missing = [received[end + 4 :]], size - (len(received) - end - 4)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _more(self) -> bytes:
        if not (found := self._socket.recv(1 << 20)):
            raise RuntimeError("the server ended the connection")
        return found


def load(port: int, requests: Sequence[bytes]) -> float:
    """Send the requests over THREADS connections at once; return the seconds of all divided by their number."""
    failed: list[BaseException] = []

    def send(own: Sequence[bytes]) -> None:
        try:
            connection = Connection(port)
            for request in own:
                connection.ask(request)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=send, args=[requests[number::THREADS]]) for number in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return (time.perf_counter() - started) / len(requests)
