"""The page of all streams, for people; with another Accept, the catalogue of streams as linked data."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_number
from spiegelstad.ldes import http_api
from spiegelstad.ldes.formats.serialising import MEDIA_TYPES
from spiegelstad.ldes.queries.describing import all_streams
from spiegelstad.ldes.queries.streams import Stream, placed, streams
from spiegelstad.ldes.vocabulary import Kind
from spiegelstad.look.public import Cell, Column, Link, Table, Text, number, table

_PAGE = "text/html"


@require_safe
def show_streams(request: CityRequest) -> HttpResponse:
    """Show the streams that there are, and how to follow one."""
    found = streams(request.tenant)
    if request.get_preferred_type([_PAGE, *MEDIA_TYPES]) in MEDIA_TYPES:
        return http_api.told(request, all_streams(found, placed(request.tenant.id)))
    first = next((one.iri[1:] for one in found), "streams/datasets/…")
    context = {
        "datasets": _table(_("Datasets"), [one for one in found if one.kind == Kind.DATASET]),
        "types": _table(_("Live data"), [one for one in found if one.kind == Kind.TYPE]),
        "is_empty": not found,
        "example": request.build_absolute_uri(f"/{first}"),
    }
    response = render(request, "ldes/streams.html", context)
    patch_vary_headers(response, ["Accept"])
    return response


def _table(caption: str, found: list[Stream]) -> Table | None:
    heads: list[Text | Column] = [_("Stream"), number(_("Members")), _("Last change"), _("Kept")]
    return table(caption, heads, [_row(one) for one in found]) if found else None


def _row(one: Stream) -> tuple[Cell, ...]:
    return (
        Link(in_language(one.title), f"/{one.iri[1:]}"),
        format_number(one.members, 0, (get_language() or "nl").split("-")[0]),
        "–" if one.last_issued_at is None else date_format(one.last_issued_at.astimezone(BRUSSELS), "j F Y, H:i"),
        _("everything") if one.days is None else _("everything of the last {days} days").format(days=one.days),
    )
