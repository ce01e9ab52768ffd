"""Which media type an Accept header asks for, and which @context a Link header names."""

import pytest

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.http_api.media import (
    ENTITY_TYPES,
    GEO_JSON,
    JSON,
    LD_JSON,
    PLAIN_TYPES,
    chosen_type,
    link_to,
    linked_context,
)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/ld+json", LD_JSON),
        ("application/ld+json, application/json", JSON),
        ("application/json;q=0.5, application/ld+json", LD_JSON),
        ("application/json;q=0.5, */*;q=0.9", LD_JSON),
        ("APPLICATION/LD+JSON", LD_JSON),
        ("text/html, application/ld+json;q=0.1", LD_JSON),
        ("application/json;q=0, */*", LD_JSON),
        ("text/html", None),
        ("application/geo+json", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
        (",", None),
    ],
)
def test_accept_chooses(accept: str, chosen: str | None) -> None:
    assert chosen_type(accept, PLAIN_TYPES) == chosen


def test_accept_of_geojson_chooses_it_where_it_is_offered() -> None:
    assert chosen_type("application/geo+json", ENTITY_TYPES) == GEO_JSON


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", None),
        (link_to("https://a.example/c"), "https://a.example/c"),
        ('<https://a.example/c>; rel="next"', None),
        ('<https://a.example/p>; rel="next", ' + link_to("https://a.example/c"), "https://a.example/c"),
        ("<https://a.example/c>; rel=http://www.w3.org/ns/json-ld#context", "https://a.example/c"),
        ('<https://a.example/c?a=1,2>;type="application/ld+json"; rel="http://www.w3.org/ns/json-ld#context"',
         "https://a.example/c?a=1,2"),
        ("https://a.example/c", None),
    ],
)  # fmt: skip
def test_link_names_a_context(header: str, url: str | None) -> None:
    assert linked_context(header) == url


def test_two_contexts_in_links_are_refused() -> None:
    with pytest.raises(BadRequestData, match="more than one"):
        linked_context(f"{link_to('https://a.example/1')}, {link_to('https://a.example/2')}")
