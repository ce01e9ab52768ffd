"""What types and attributes are called elsewhere beside their own names: in OSLO, smart data models (`names.yaml`)."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _names() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
    )
    return found


def names_of_type(iri: str) -> tuple[str, ...]:
    """Return the names of a type (IRIs) in which linked data tells it, the one it came with first."""
    return (iri, *_names()["types"].get(iri, ()))


def names_of_attribute(iri: str) -> tuple[str, ...]:
    """Return the names of an attribute (IRIs) in which linked data tells it, the one it came with first."""
    return (iri, *_names()["attributes"].get(iri, ()))
