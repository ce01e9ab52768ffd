"""The catalogue at 100, 1,000 and 10,000 datasets, under ten clients at once: what it costs may not grow with its size.

Three cities in one database, each with its own host, behind one web server as `up` runs it. A page of DCAT has 100
datasets, as Turtle, from the first to the last page in turn; a search is for a word that twenty datasets have, whatever
the size, or for nothing, which lists and counts them all. The three sizes are asked in turn, in rounds; times are the
95th percentile of all requests. `raw` is the smallest catalogue. Memory is that of the web server's processes.
"""

import itertools
import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from typing import Any

from benchmarks.context_serving import THREADS, running
from benchmarks.row import Row

SIZES = (100, 1_000, 10_000)
CLIENTS, REQUESTS, ROUNDS = 10, 10, 4
PORT = 8124
FOUND = 20
"""How many datasets have the same word."""
THINGS = (
    "fietsers",
    "bomen",
    "inwoners",
    "gebouwen",
    "metingen",
    "ongevallen",
    "parken",
    "uitgaven",
    "haltes",
    "woningen",
)
THEMES = ("mobility", "green", "population", "places", "air", "mobility", "green", "money", "mobility", "housing")


def host(size: int) -> str:
    """Return the host of the city with so many datasets."""
    return f"bench-{size}.localhost"


def word(group: int) -> str:
    """Return a word of letters that only the datasets of a group have."""
    return "zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{group:04d}") + "wijk"


def fill(size: int) -> None:
    """Make a city with so many datasets of one version each, in bulk: all versions share one file."""
    from spiegelstad.accounts.testing import make_tenant
    from spiegelstad.base.clock import now
    from spiegelstad.catalogue import models
    from spiegelstad.catalogue.testing import LICENCE, make_dataset, make_version

    city = make_tenant(host(size).partition(".")[0], host=host(size)).id
    make_dataset(city, "first")
    first = models.Version.objects.get(id=make_version(city, "first").id)
    datasets = [
        models.Dataset(
            tenant_id=city,
            slug=f"data-{number}",
            title={"nl": f"Aantal {THINGS[number % 10]} in {word(number // FOUND)}", "en": f"Number {number}"},
            description={"nl": f"Hoeveel {THINGS[number % 10]} er zijn, geteld per buurt en per jaar, reeks {number}."},
            theme=THEMES[number % 10],
            department=("mobiliteit", "milieu")[number % 2],
            classification="public",
            licence_uri=LICENCE,
            source={"name": "Bron", "url": "https://example.org/bron", "publisher": "Stad Voorbeeld"},
            columns=first.columns,
            keywords={"nl": [THINGS[number % 10], "buurt"], "en": ["count"]},
            frequency="ANNUAL",
            contact={"name": "Dienst", "email": "dienst@example.org", "url": ""},
        )
        for number in range(size - 1)
    ]
    models.Dataset.objects.bulk_create(datasets, batch_size=1_000)
    versions = [
        models.Version(
            tenant_id=city, dataset=dataset, number=1, content_hash=first.content_hash, rows=first.rows,
            bytes=first.bytes, columns=first.columns, lineage=first.lineage, published_by="bench", published_at=now(),
            quality={"checks": [{"rule": "required", "column": "count", "passed": 2, "failed": 0, "share": 1.0}]},
            box=(3.6, 51.0, 3.8, 51.1),
        )
        for dataset in datasets
    ]  # fmt: skip
    models.Version.objects.bulk_create(versions, batch_size=1_000)
    for dataset, version in zip(datasets, versions, strict=True):
        dataset.current = version
    models.Dataset.objects.bulk_update(datasets, ["current"], batch_size=500)


def ask(connection: HTTPConnection, size: int, address: str) -> bytes:
    """Ask the city of a size; the answer must be a success."""
    connection.request("GET", address, headers={"Host": host(size)})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status} {body[:300]!r}")
    return body


def pages(size: int) -> list[str]:
    """Follow the catalogue from its first page to the last; every dataset must be there once."""
    connection, address = HTTPConnection("127.0.0.1", PORT, timeout=60), "/catalog.jsonld"
    found, told = [], set()
    while address:
        found.append(address.replace(".jsonld", ".ttl"))
        nodes = json.loads(ask(connection, size, address))["@graph"]
        told |= {node["@id"] for node in nodes if "dcat:Dataset" in node.get("@type", ())}
        following: Any = next((node["hydra:next"] for node in nodes if "hydra:next" in node), None)
        address = following[0]["@id"].partition(host(size))[2].partition("/")[2] if following else ""
        address = f"/{address}" if address else ""
    if len(told) != size:
        raise AssertionError(f"{len(told)} datasets on the pages of {size}")
    return found


def load(size: int, addresses: Sequence[str], clients: int, requests: int) -> list[float]:
    """Ask by many clients at once, each from another address on; return the seconds of each request."""
    taken: list[float] = []
    failed: list[BaseException] = []

    def client(start: int) -> None:
        connection = HTTPConnection("127.0.0.1", PORT, timeout=60)
        try:
            for address in itertools.islice(itertools.cycle(addresses), start, start + requests):
                started = time.perf_counter()
                ask(connection, size, address)
                taken.append(time.perf_counter() - started)
        except BaseException as error:
            failed.append(error)
        connection.close()

    threads = [threading.Thread(target=client, args=(number * requests,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return taken


def measure(works: dict[str, Callable[[int], Sequence[str]]], sizes: Sequence[int], rounds: int) -> list[Row]:
    """Measure each work at each size, in turn."""
    from benchmarks.bench_pages import server_memory_mb

    rows = []
    for name, addresses_of in works.items():
        addresses = {size: list(addresses_of(size)) for size in sizes}
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        alone: dict[int, list[float]] = {size: [] for size in sizes}
        for _round, size in itertools.product(range(rounds), sizes):
            alone[size] += load(size, addresses[size], 1, 5)
            taken[size] += load(size, addresses[size], CLIENTS, REQUESTS)
        p95 = {size: sorted(found)[int(len(found) * 0.95)] for size, found in taken.items()}
        rows += [
            Row(
                work=f"{name}, catalogue of {size:,}, {CLIENTS} clients (p95)",
                against=f"the same, catalogue of {sizes[0]:,}",
                aim="constant",
                ours_s=p95[size],
                raw_s=p95[sizes[0]],
                ratio=p95[size] / p95[sizes[0]],
                memory_mb=server_memory_mb(PORT),
                note=f"one client alone {statistics.median(alone[size]) * 1000:.1f} ms (median)",
            )
            for size in sizes
        ]
    return rows


def searches(size: int) -> list[str]:
    """Return searches for words that twenty datasets have."""
    groups = random.Random(size).choices(range(max(1, (size - 1) // FOUND)), k=50)
    return [f"/data?q={word(group)}" for group in groups]


def main(quick: bool) -> list[Row]:
    """One row for each work and size."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from spiegelstad.project.preparation import collect_static_files

    sizes, rounds = (SIZES[:2], 1) if quick else (SIZES, ROUNDS)
    call_command("migrate", verbosity=0)
    collect_static_files(settings.STATIC_ROOT)
    for size in sizes:
        fill(size)
    works: dict[str, Callable[[int], Sequence[str]]] = {
        "DCAT page of 100 datasets": pages,
        "search for a word": searches,
        "CKAN package_search for a word": lambda size: [
            address.replace("/data?", "/api/3/action/package_search?") for address in searches(size)
        ],
        "list of all datasets": lambda _size: ["/data"],
    }
    with tempfile.TemporaryDirectory() as folder:
        server = ["spiegelstad.project.server", "--port", str(PORT), "--threads", str(THREADS), "--log-folder", folder]
        with running(server, PORT):
            return measure(works, sizes, rounds)
