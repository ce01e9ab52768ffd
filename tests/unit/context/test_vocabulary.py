"""The core @contexts made of our table are those that ETSI published."""

import json
from pathlib import Path

import pytest

from spiegelstad.context.vocabulary import VERSIONS, core_context, is_core_url


@pytest.mark.parametrize("version", VERSIONS)
def test_core_context_equals_the_published_one(shared_data: Path, version: str) -> None:
    published = shared_data / "ngsi-ld" / "core-contexts" / f"core-v{version}.jsonld"
    if not published.is_file():
        pytest.skip("the published core @contexts are absent from the shared data folder")
    assert core_context(version) == json.loads(published.read_text())["@context"]


@pytest.mark.parametrize(
    ("url", "is_core"),
    [
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld", True),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld", True),
        ("http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", True),
        ("https://uri.etsi.org.example/ngsi-ld/v1/ngsi-ld-core-context.jsonld", False),
        ("https://example.org/?https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", False),
    ],
)
def test_address_of_a_core_context_is_known(url: str, is_core: bool) -> None:
    assert is_core_url(url) is is_core
