"""What is made of a server's answer to a request for an @context."""

from datetime import UTC, datetime, timedelta

import pytest

from spiegelstad.context.formats.remote_contexts import NoContext, alternate_of, context_in, expiry

MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, timedelta(days=1)),
        ({"cache-control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"cache-control": 'max-age="600"'}, timedelta(minutes=10)),
        ({"cache-control": "max-age=600", "expires": "Mon, 23 Nov 2026 08:00:00 GMT"}, timedelta(minutes=10)),
        ({"cache-control": "max-age=0"}, timedelta(minutes=1)),
        ({"cache-control": "no-store, max-age=600"}, timedelta(minutes=1)),
        ({"cache-control": "max-age=9999999999"}, timedelta(days=365)),
        ({"expires": "Sun, 22 Nov 2026 09:00:00 GMT"}, timedelta(hours=1)),
        ({"expires": "Sun, 22 Nov 2020 09:00:00 GMT"}, timedelta(minutes=1)),
        ({"expires": "0"}, timedelta(days=1)),
        ({"expires": "Sun, 22 Nov 2026 09:00:00"}, timedelta(days=1)),
    ],
)
def test_context_is_kept_as_long_as_its_server_says(headers: dict[str, str], kept: timedelta) -> None:
    assert expiry(headers, MOMENT) == MOMENT + kept


def test_context_stands_in_a_document_with_anything_beside() -> None:
    assert context_in(b'{"@context": {"a": "x:a"}, "@graph": []}') == {"a": "x:a"}
    assert context_in(b'{"@context": ["https://a.example/"]}') == ["https://a.example/"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"@context": null}', b'{"@context": {"a": "\\u0000"}}', b"\xff"])
def test_document_without_context_is_none(body: bytes) -> None:
    with pytest.raises(NoContext):
        context_in(body)


def test_page_may_name_where_its_context_is() -> None:
    link = '</docs/c.jsonld>; rel="alternate"; type="application/ld+json"'
    assert alternate_of({"content-type": "text/html", "link": link}) == "/docs/c.jsonld"
    assert alternate_of({"content-type": "application/ld+json", "link": link}) is None
    assert alternate_of({"content-type": "text/html"}) is None
