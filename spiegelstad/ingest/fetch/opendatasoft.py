"""Opendatasoft portals (explore API v2.1): whole datasets from the exports endpoint, or records page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

import orjson

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import Opendatasoft
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.fetch.http import Download, Validators, download
from spiegelstad.ingest.fetch.store import keep

PAGE = 100
MAX_RECORDS = 10_000


def export_url(api: Opendatasoft, form: Format) -> str:
    """Give the address of a whole dataset in one file."""
    query = {"where": api.where, "select": api.select, "order_by": api.order_by, "timezone": "UTC"}
    if form.type == "csv":
        query |= {"delimiter": form.delimiter or ";", "with_bom": "false"}
    return f"{_dataset(api)}/exports/{form.type}?{urlencode({k: v for k, v in query.items() if v})}"


def page_url(api: Opendatasoft, offset: int) -> str:
    """Give the address of one page of records."""
    query = {"where": api.where, "select": api.select, "order_by": api.order_by, "limit": PAGE, "offset": offset}
    return f"{_dataset(api)}/records?{urlencode({k: v for k, v in query.items() if v != ''})}"


def _dataset(api: Opendatasoft) -> str:
    base = api.domain if "://" in api.domain else f"https://{api.domain}"
    return f"{base}/api/explore/v2.1/catalog/datasets/{quote(api.dataset)}"


def fetch(
    api: Opendatasoft, form: Format, *, name: str, limit: int, validators: Validators, redirects_to: Sequence[str]
) -> Download:
    """Fetch a dataset as the definition asks."""
    if api.mode == "export":
        url = export_url(api, form)
        return download(url, name=name, limit=limit, validators=validators, redirects_to=redirects_to)
    records = _pages(api, name, limit, redirects_to)
    return Download(keep(name, _as_list(records), limit), Validators(), "application/json")


def _pages(api: Opendatasoft, name: str, limit: int, redirects_to: Sequence[str]) -> Iterator[object]:
    offset, total, seen = 0, 1, 0
    while offset < total:
        page = download(page_url(api, offset), name=f"{name} from {offset}", limit=limit, redirects_to=redirects_to)
        if page.file is None:
            raise UnusableFile("The portal answered that nothing changed, which wasn't asked.", remedy="Try again.")
        try:
            answer = orjson.loads(page.file.path.read_bytes())
            total, results = int(answer["total_count"]), list(answer["results"])
        except (ValueError, KeyError, TypeError):
            raise UnusableFile("The portal's answer isn't a page of records.", remedy="Check the domain.") from None
        if total > MAX_RECORDS:
            raise UnusableFile(
                f"The dataset has {total} records; page by page the portal gives {MAX_RECORDS}.",
                remedy="Use `mode: export`, or narrow it with `where`.",
            )
        yield from results
        seen += len(results)
        offset += PAGE
    if seen < total:
        raise UnusableFile(f"The portal gave {seen} of {total} records.", remedy="The next run tries again.")


def _as_list(records: Iterator[object]) -> Iterator[bytes]:
    yield b"["
    for number, record in enumerate(records):
        yield (b",\n" if number else b"") + orjson.dumps(record)
    yield b"]"
