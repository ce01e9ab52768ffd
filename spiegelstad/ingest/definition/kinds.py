"""Ready kinds of sources: a definition that names one needs to say only where the data is and whose it is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from spiegelstad.base.yaml_documents import Document, read_document

_FOLDER = Path(__file__).parent / "kinds"
_MERGED = ("columns", "format", "where")  # by their own keys; what else the file says takes the whole place


def with_kind(document: Document) -> Document:
    """Return a document completed by the kind it names; unchanged when it names none, or one that isn't there."""
    kind = document.data.get("kind")
    if not isinstance(kind, str) or kind not in kinds():
        return document
    ready = _filled(_ready(kind), str(document.data.get("source", "")))
    own = document.data
    both = {key: {**ready[key], **own[key]} for key in _MERGED if isinstance(own.get(key), dict) and key in ready}
    return replace(document, data={**ready, **own, **both})


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of the kinds there are."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def _ready(kind: str) -> dict[str, Any]:
    return read_document(_FOLDER / f"{kind}.yaml").data


def _filled(value: Any, source: str) -> Any:
    """Put the slug of the source where `$source` stands, so that two sources of a kind don't mix."""
    if isinstance(value, dict):
        return {key: _filled(one, source) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, source) for one in value]
    return value.replace("$source", source) if isinstance(value, str) else value
