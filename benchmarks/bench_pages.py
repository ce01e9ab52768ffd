"""Pages of the full demonstration city under ten clients at once: Granian as `make demo` runs it, all warm.

Each page is asked for over kept-alive connections by ten threads; its time is the 95th percentile. The number of
database queries is counted by asking for the same page inside Django. Memory is that of the web server's processes.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.row import Row

CLIENTS, REQUESTS, WARM = 10, 20, 3
PORT = 8094
MAX_QUERIES = 15
READY_S = 900.0


@contextmanager
def city(var: Path, inhabitants: int) -> Iterator[None]:
    """Run the whole program with the demonstration city until the block ends."""
    var.chmod(0o755)  # the database runs as another user when root starts it
    start = "from spiegelstad.project.cli import main; main()"
    command = [sys.executable, "-c", start, "demo", "--inhabitants", str(inhabitants)]
    environment = {**os.environ, "SPIEGELSTAD_VAR": str(var)}
    with (var / "output.txt").open("wb") as output:
        program = subprocess.Popen(
            [*command, "--port", str(PORT)], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(program, var)
            yield
        finally:
            program.terminate()
            program.wait(60)


def _wait_until_ready(program: "subprocess.Popen[bytes]", var: Path) -> None:
    """Wait for the line that says so: the server may answer while the city is still being made."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        said = (var / "output.txt").read_text(encoding="utf-8")
        if "Ready: " in said:
            return
        if program.poll() is not None:
            raise RuntimeError(said[-2000:])
        time.sleep(0.5)
    raise RuntimeError("the city is not ready in time")


def _get(connection: HTTPConnection, address: str) -> tuple[int, bytes]:
    connection.request("GET", address, headers={"Host": "localhost"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def addresses() -> dict[str, str]:
    """Find one page of each kind by following the links of the city itself."""

    def first(page: str, pattern: str) -> str:
        found = re.search(pattern, _get(HTTPConnection("127.0.0.1", PORT), page)[1].decode())
        if found is None:
            raise RuntimeError(f"no link like {pattern} on {page}")
        return found.group(1)

    indicator = first("/indicators", r'href="(/indicators/[a-z0-9-]+)"')
    return {
        "dashboard": "/",
        "profile": first(indicator, r'href="(/areas/[^"]+)"'),
        "indicators": "/indicators",
        "indicator": indicator,
        "explore": "/explore",
        "figure": first(indicator, r'href="(/figures/[^"]+)"'),
        "datasets": "/data",
        "dataset": first("/data", r'href="(/data/[a-z0-9-]+)"'),
    }


def times(address: str, clients: int, requests: int) -> list[float]:
    """Ask for a page by many clients at once; the seconds of each request."""
    found: list[float] = []
    failures: list[int] = []

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", PORT, timeout=60)
        for _ in range(requests):
            started = time.perf_counter()
            status = _get(connection, address)[0]
            found.append(time.perf_counter() - started)
            if status != 200:
                failures.append(status)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures or len(found) != clients * requests:
        raise RuntimeError(f"{address}: {len(failures)} answers that are not 200")
    return found


def queries(pages: dict[str, str]) -> dict[str, int]:
    """Count each page's database queries inside Django, in a process of its own (called there with the addresses)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, counted = Client(headers={"host": "localhost"}), {}
    for name, address in pages.items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        counted[name] = len(captured)
    return counted


def server_memory_mb(port: int = PORT) -> float:
    """Return the memory of all processes of the web server; what they share is counted once for each."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if b"spiegelstad.project.server" in command and f"--port\0{port}\0".encode() in command:
                status = (folder / "status").read_text(encoding="ascii")
                total += int(re.findall(r"VmRSS:\s+(\d+)", status)[0])
        except (OSError, IndexError):
            continue
    return total / 1024


def main(quick: bool) -> list[Row]:
    """One row for each kind of page."""
    inhabitants, requests = (5_000, 5) if quick else (250_000, REQUESTS)
    with tempfile.TemporaryDirectory() as folder, city(Path(folder), inhabitants):
        pages = addresses()
        command = [sys.executable, "-m", "benchmarks.bench_pages", json.dumps(pages)]
        environment = {**os.environ, "SPIEGELSTAD_VAR": folder}
        counting = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        counted = json.loads(counting.stdout.splitlines()[-1])
        if too_many := {name: count for name, count in counted.items() if count > MAX_QUERIES}:
            raise AssertionError(f"pages with too many queries: {too_many}")
        return [_row(name, address, counted[name], requests) for name, address in pages.items()]


def _row(name: str, address: str, count: int, requests: int) -> Row:
    times(address, 1, WARM)
    alone = statistics.median(times(address, 1, requests))
    found = sorted(times(address, CLIENTS, requests))
    p95 = found[int(len(found) * 0.95)]
    rate = len(found) / (sum(found) / CLIENTS)
    return Row(
        work=f"page: {name}, {CLIENTS} clients (p95)",
        against="–",
        aim=f"at most {MAX_QUERIES} queries",
        ours_s=p95,
        raw_s=0.0,
        ratio=0.0,
        memory_mb=server_memory_mb(),
        note=f"{count} queries, {rate:.0f} pages a second, one client alone {alone * 1000:.0f} ms",
    )


if __name__ == "__main__":
    print(json.dumps(queries(json.loads(sys.argv[1]))))
