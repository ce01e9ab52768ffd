"""Downloads of versions, streamed."""

from django.http import FileResponse, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.catalogue import queries, store
from spiegelstad.catalogue.access import Rows
from spiegelstad.catalogue.formats import download
from spiegelstad.catalogue.sandbox.process import DataUnreadable
from spiegelstad.catalogue.selection.rules import Selection

_EVERYTHING = Selection()


@require_safe
def download_version(request: CityRequest, slug: str, number: int, extension: str) -> HttpResponseBase:
    """Give a version as a file, in one of `download.CONTENT_TYPES`. It never changes: see ETag."""
    version = queries.numbered_version(request.actor, slug, number)
    rows = Rows(request.actor, version, version.columns)
    download.require_format(rows, _EVERYTHING, extension)
    etag = f'"{version.content_hash[:32]}-{extension}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers={"ETag": etag})
    if not store.path_of(version.content_hash).exists():
        raise DataUnreadable(f"The file of version {number} of {slug!r} is missing.")
    response = _answer(request, rows, extension)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-{number}.{extension}"'
    response.headers["Content-Type"] = download.CONTENT_TYPES[extension]
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"  # its classification may change: ask each time, 304 is cheap
    return response


def _answer(request: CityRequest, rows: Rows, extension: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    if extension == "parquet":
        return FileResponse(store.path_of(rows.version.content_hash).open("rb"))
    return StreamingHttpResponse(download.write(rows, _EVERYTHING, extension))
