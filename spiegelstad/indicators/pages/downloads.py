"""Downloads of figures, in the formats that people and programs read."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import NotFound
from spiegelstad.indicators.formats import download as formats
from spiegelstad.indicators.queries import figures as reads
from spiegelstad.indicators.queries import indicators as definitions
from spiegelstad.indicators.rules.figures import Figure, Indicator
from spiegelstad.places import public as places


class UnknownFormat(NotFound):
    """Figures are not offered in this format."""

    title = "Unknown format"


@require_safe
def download_indicator(request: CityRequest, slug: str, extension: str) -> HttpResponse:
    """Give an indicator's figures as a file. Parameters: area_type, period (all when absent)."""
    actor = request.actor
    indicator = definitions.indicator(actor, slug)
    area_type = request.GET.get("area_type") or None
    period = request.GET.get("period")
    if extension == "geojson" and area_type is None:
        area_type = indicator.area_types[-1]
    found = reads.figures(actor, slug, area_type=area_type, periods=[period] if period else None)
    return answer(request, {slug: indicator}, found, extension, slug)


def answer(
    request: CityRequest, indicators: dict[str, Indicator], found: list[Figure], extension: str, name: str
) -> HttpResponse:
    """Return the figures as a file with this name and extension."""
    if extension not in formats.FORMATS:
        raise UnknownFormat(f"There is no format {extension!r}.", remedy=f"Choose from {', '.join(formats.FORMATS)}.")
    kinds = sorted({figure.area_type for figure in found})
    names = {(kind, area.code): area.name for kind in kinds for area in places.areas(request.actor, kind)}
    download = formats.Download(indicators, found, names, request.build_absolute_uri("/").rstrip("/"))
    if extension == "geojson":
        areas = places.areas_geojson(request.actor, kinds[0]) if kinds else b'{"features": []}'
        content = formats.as_geojson(download, areas)
    else:
        content = {"csv": formats.as_csv, "json": formats.as_json, "parquet": formats.as_parquet}[extension](download)
    response = HttpResponse(content, content_type=formats.CONTENT_TYPES[extension])
    response["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response
