"""`/api/observations`, `/api/latest`, `/api/series…`: observations in, latest values and histories out."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import condition, require_POST, require_safe

from spiegelstad.accounts.public import Actor, ActorKind
from spiegelstad.base.busy import place_among, says_when_busy
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput, SpiegelstadError, TooMany
from spiegelstad.base.fields import Box
from spiegelstad.base.limits import MAX_BATCH_ROWS, MAX_REQUEST_BYTES
from spiegelstad.governance.public import Thing, require
from spiegelstad.mirror.actions.batches import Receipt, receive_batch
from spiegelstad.mirror.formats.batches import Batch, decompressed, limited, read_csv, read_json_lines
from spiegelstad.mirror.queries.history import daily, hourly, raw
from spiegelstad.mirror.queries.latest import latest_etag, latest_geojson
from spiegelstad.mirror.queries.series import one_series, series
from spiegelstad.mirror.rules.acts import IMPORT_OBSERVATIONS
from spiegelstad.mirror.rules.days import begin_of, days_touched

MAX_ERRORS_SHOWN = 100
BATCHES_AT_ONCE = 4  # of one process: reading a batch is work for the CPU, and pages must still be served
PIECE_BYTES = 64 * 1024
YEARS = range(1000, 9000)  # far from where a zone or a week more has no date
LONGEST = {"raw": timedelta(days=31), "hourly": timedelta(days=3 * 366), "daily": timedelta(days=200 * 366)}
_READERS: dict[str, Callable[[Iterator[bytes], int], Batch]] = {
    "application/x-ndjson": read_json_lines,
    "application/jsonl": read_json_lines,
    "application/json-lines": read_json_lines,
    "text/csv": read_csv,
}
_slots = BoundedSemaphore(BATCHES_AT_ONCE)


class LengthNeeded(SpiegelstadError):
    """A body without Content-Length."""

    status = 411
    title = "Content-Length is missing"


class UnknownFormat(SpiegelstadError):
    """A content type or encoding that we don't read."""

    status = 415
    title = "The format is not known"


class TooManySenders(TooMany):
    """All places for batches are taken; this is not an error of the sender, who tries again."""

    title = "Too many batches at once"


class ActedRequest(HttpRequest):
    """A request after the middleware has put the actor on it."""

    actor: Actor


@require_POST
@says_when_busy
def observations(request: ActedRequest) -> HttpResponse:
    """Take a batch: 200 when every row is stored, 207 when some were refused; both only after the commit."""
    actor = request.actor
    require(actor, IMPORT_OBSERVATIONS, Thing("observations", "", actor.tenant_id))
    reader = _reader(request)
    with place_among(_slots, TooManySenders, "Too many batches come in at once."):
        receipt = receive_batch(by=actor, batch=reader(_body(request), MAX_BATCH_ROWS))
    return _json(_report(receipt), status=207 if receipt.refused else 200)


def _reader(request: HttpRequest) -> Callable[[Iterator[bytes], int], Batch]:
    try:
        return _READERS[request.content_type or ""]
    except KeyError:
        raise UnknownFormat(
            f"A batch cannot be {request.content_type!r}.", remedy=f"Send one of {', '.join(sorted(_READERS))}."
        ) from None


def _body(request: HttpRequest) -> Iterator[bytes]:
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthNeeded("The request says not how long it is.", remedy="Send a Content-Length, not chunks.")
    pieces = limited(iter(lambda: request.read(PIECE_BYTES), b""), MAX_REQUEST_BYTES)
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "gzip":
        return decompressed(pieces, MAX_REQUEST_BYTES)
    if encoding != "identity":
        raise UnknownFormat(f"A batch cannot be encoded as {encoding!r}.", remedy="Use gzip, or nothing.")
    return pieces


def _report(receipt: Receipt) -> dict[str, Any]:
    imported = receipt.imported
    stored = imported.inserted + imported.corrected + imported.unchanged
    shown = receipt.refused[:MAX_ERRORS_SHOWN]
    return {
        "received": stored + len(receipt.refused),
        "inserted": imported.inserted,
        "corrected": imported.corrected,
        "unchanged": imported.unchanged,
        "refused": len(receipt.refused),
        "errors": [{"line": row.line, "reason": row.reason} for row in shown],
    }


def _latest_tag(request: ActedRequest) -> str:
    return f'"{latest_etag(request.actor, **_filters(request))}"'


@require_safe
@says_when_busy
@condition(etag_func=_latest_tag)
def latest(request: ActedRequest) -> HttpResponse:
    """The latest values as GeoJSON. Parameters: type (of entity), property, bbox. 304 to a known ETag: one query."""
    response = HttpResponse(latest_geojson(request.actor, **_filters(request)), content_type="application/geo+json")
    return _cached(request, response)


@require_safe
@says_when_busy
def all_series(request: ActedRequest) -> HttpResponse:
    """The series. Parameters: type (of entity), property, bbox."""
    found = series(request.actor, **_filters(request))
    return _cached(request, _json([{name: getattr(item, name) for name in _SHOWN} for item in found]))


@require_safe
@says_when_busy
def history(request: ActedRequest, key: str, resolution: str) -> HttpResponse:
    """A series' raw, hourly or daily values by column. Parameters: from (included) and to, as day or RFC 3339.

    Daily values are those of every day in Brussels that the period touches.
    """
    one = one_series(request.actor, key)
    from_, to = _period(request, LONGEST[resolution])
    if resolution == "daily":
        table = daily(request.actor, [key], *days_touched(from_, to))
    else:
        table = (raw if resolution == "raw" else hourly)(request.actor, [key], from_, to)
    columns = {name: table.column(name).to_pylist() for name in table.column_names if name != "series"}
    body = {"series": key, "unit": one.unit, "resolution": resolution, "from": from_, "to": to, **columns}
    return _cached(request, _json(body))


_SHOWN = (
    "key", "entity_id", "property", "name", "unit", "lon", "lat", "minimum", "maximum", "expected_every_s",
)  # fmt: skip


def _filters(request: HttpRequest) -> dict[str, Any]:
    return {
        "entity_type": request.GET.get("type"),
        "property": request.GET.get("property"),
        "bbox": _bbox(request.GET.get("bbox")),
    }


def _bbox(text: str | None) -> Box | None:
    if text is None:
        return None
    try:
        min_lon, min_lat, max_lon, max_lat = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput("bbox is not four numbers: min lon, min lat, max lon, max lat.") from None
    if not (-180 <= min_lon <= max_lon <= 180 and -90 <= min_lat <= max_lat <= 90):
        raise InvalidInput("bbox is not a box in degrees: min lon, min lat, max lon, max lat.")
    return (min_lon, min_lat, max_lon, max_lat)


def _period(request: HttpRequest, longest: timedelta) -> tuple[datetime, datetime]:
    to = _moment(request, "to") or now()
    from_ = _moment(request, "from") or to - min(longest, timedelta(days=7))
    if not timedelta() <= to - from_ <= longest:
        raise InvalidInput(f"from must lie before to, and at most {longest.days} days before it.")
    return from_, to


def _moment(request: HttpRequest, name: str) -> datetime | None:
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        found = begin_of(date.fromisoformat(text)) if len(text) == 10 else parse_datetime(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise InvalidInput(f"{name} is neither a day (2026-03-01) nor a moment with its zone (2026-03-01T00:00:00Z).")
    return found


def _cached(request: ActedRequest, response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Authorization"])
    if request.actor.kind is ActorKind.ANONYMOUS:
        patch_cache_control(response, public=True, no_cache=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _json(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(body, option=orjson.OPT_UTC_Z), status=status, content_type="application/json")
