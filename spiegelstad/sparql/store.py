"""The stores of cities on disk, under `$SPIEGELSTAD_VAR/sparql/<city>`.

One process writes the `primary-…` of a city; queries read the newest `generation-…`, a snapshot of hard links that
never changes. `current.json` names both and is replaced whole, so that what a crash leaves is swept by the next build.
"""

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import uuid4

import orjson
from django.conf import settings
from pyoxigraph import NamedNode, Quad, Store

_KEPT_S = 120.0  # a query that began before a new generation may still open files of the old one


@dataclass(frozen=True, slots=True)
class Current:
    """What is in place: folders by name, `policy` it was built under, and the state of each dataset described in it."""

    primary: str
    generation: str
    built_at: str
    policy: str
    datasets: dict[str, str] = field(default_factory=dict)


def folder_of(tenant_id: str) -> Path:
    """Return the folder of a city's stores."""
    return Path(settings.LINKED_DATA) / tenant_id


def current(tenant_id: str) -> Current | None:
    """Return what queries of this city read; None as long as nothing was built."""
    try:
        return Current(**orjson.loads((folder_of(tenant_id) / "current.json").read_bytes()))
    except (FileNotFoundError, TypeError, orjson.JSONDecodeError):
        return None


def new_primary(tenant_id: str) -> str:
    """Name a store that is to be built from nothing."""
    folder_of(tenant_id).mkdir(parents=True, exist_ok=True)
    return f"primary-{uuid4().hex}"


def opened(tenant_id: str, primary: str) -> Store:
    """Open a primary store for writing."""
    return Store(str(folder_of(tenant_id) / primary))


def replace_graph(store: Store, graph: NamedNode, quads: Iterable[Quad]) -> None:
    """Let a graph hold these quads and no others; without quads it is gone."""
    store.remove_graph(graph)
    store.extend(quads)


def publish(tenant_id: str, store: Store, place: Current) -> None:
    """Make what is in the primary store the generation that queries read, and sweep what is of no use any more."""
    folder = folder_of(tenant_id)
    store.flush()
    store.backup(str(folder / place.generation))
    written = folder / "current.json.new"
    written.write_bytes(orjson.dumps(asdict(place)))
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(folder / "current.json")
    _sweep(folder, {place.primary, place.generation})


def new_generation() -> str:
    """Name the next snapshot."""
    return f"generation-{uuid4().hex}"


def _sweep(folder: Path, used: set[str]) -> None:
    for path in folder.iterdir():
        is_old = time.time() - path.stat().st_mtime > _KEPT_S
        if path.is_dir() and path.name not in used and (is_old or path.name.startswith("primary-")):
            shutil.rmtree(path, ignore_errors=True)
