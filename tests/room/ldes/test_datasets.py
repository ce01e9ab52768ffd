"""Streams of datasets: what a version changes is told once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spiegelstad.ldes.actions.datasets import build_dataset

pytestmark = pytest.mark.django_db
VERSION_OF = "http://purl.org/dc/terms/isVersionOf"
KIND = "http://testserver/data/trees#kind"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DELETE = "https://www.w3.org/ns/activitystreams#Delete"
FIRST = {"1": ("eik", 3.72, 51.05), "2": ("linde", 3.73, 51.06), "b/3": ('wilg "treur"\n', 3.6, 51.0)}


def test_rows_of_a_first_version_are_all_told(trees: Any, walk: Callable[..., Any]) -> None:
    trees.publish(FIRST)
    assert build_dataset(trees.tenant_id, "trees") == 3
    found = walk("/streams/datasets/trees/time")
    rows = "http://testserver/data/trees/rows/"
    assert sorted(found.members) == [f"{rows}{key}#version-1" for key in ("1", "2", "b%2F3")]
    assert [found.facts[member][VERSION_OF] for member in sorted(found.members)] == [
        [f"{rows}1"],
        [f"{rows}2"],
        [f"{rows}b%2F3"],
    ]
    assert found.facts[f"{rows}b%2F3#version-1"][KIND] == ['wilg "treur"\n']


def test_only_what_a_version_changes_is_told(trees: Any, walk: Callable[..., Any]) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    trees.publish({"1": ("eik", 3.72, 51.05), "2": ("beuk", 3.73, 51.06), "4": ("es", 3.7, 51.1)})
    assert build_dataset(trees.tenant_id, "trees") == 3
    assert build_dataset(trees.tenant_id, "trees") == 0
    found = walk("/streams/datasets/trees/time")
    assert sorted(member.rpartition("/")[2] for member in found.members[3:]) == [
        "2#version-2", "4#version-2", "b%2F3#version-2"
    ]  # fmt: skip
    gone = found.facts[found.members[-1]]
    assert DELETE in gone[TYPE] and KIND not in gone
    assert [member for member in found.members if DELETE in found.facts[member][TYPE]] == found.members[-1:]
    by_place = walk("/streams/datasets/trees/place")
    assert sorted(by_place.members) == sorted(found.members)
