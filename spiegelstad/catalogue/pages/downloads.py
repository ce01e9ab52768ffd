"""Downloads of versions, streamed."""

from pathlib import Path

from django.http import FileResponse, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import queries, store
from spiegelstad.catalogue.formats import download
from spiegelstad.catalogue.records import Version
from spiegelstad.catalogue.rules import geometry_of
from spiegelstad.catalogue.sandbox.process import DataUnreadable


class UnknownFormat(NotFound):
    """The version is not offered in this format."""

    title = "Unknown format"


@require_safe
def download_version(request: CityRequest, slug: str, number: int, extension: str) -> HttpResponseBase:
    """Give a version as a file: csv, json, parquet, or geojson where it has geometry. It never changes: see ETag."""
    version = queries.numbered_version(request.actor, slug, number)
    _require_format(version, extension)
    etag = f'"{version.content_hash[:32]}-{extension}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers={"ETag": etag})
    path = store.path_of(version.content_hash)
    if not path.exists():
        raise DataUnreadable(f"The file of version {number} of {slug!r} is missing.")
    response = _answer(request, path, version, extension)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-{number}.{extension}"'
    response.headers["Content-Type"] = download.CONTENT_TYPES[extension]
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"  # its classification may change: ask each time, 304 is cheap
    return response


def _answer(request: CityRequest, path: Path, version: Version, extension: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    if extension == "parquet":
        return FileResponse(path.open("rb"))
    return StreamingHttpResponse(download.WRITERS[extension](path, version.columns))


def _require_format(version: Version, extension: str) -> None:
    if extension not in download.CONTENT_TYPES:
        names = ", ".join(download.CONTENT_TYPES)
        raise UnknownFormat(f"There is no format {extension!r}.", remedy=f"Choose from {names}.")
    if extension == "geojson" and geometry_of(version.columns) is None:
        raise UnknownFormat("This dataset has no geometry, so there is no GeoJSON of it.")
