"""The catalogue as linked data: `/catalog`, and every dataset and version at its own address by what is asked for."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import InvalidInput, NotFound
from spiegelstad.catalogue import describing, queries
from spiegelstad.catalogue.description import CatalogDescription, Description, Page, VersionDescription
from spiegelstad.catalogue.formats import dcat
from spiegelstad.catalogue.formats.dcat import MEDIA_TYPES, Form

View = Callable[..., HttpResponse]

PAGE_DATASETS = 100
SHOWN_VERSIONS = 50
_HTML = "text/html"
_FORMS = {media_type: form for form, media_type in MEDIA_TYPES.items()}
_NAMES = {"ttl": Form.TURTLE, "turtle": Form.TURTLE, "jsonld": Form.JSON_LD, "rdf": Form.RDF_XML, "xml": Form.RDF_XML}


class NoSuchForm(NotFound):
    """The catalogue is not written in this form."""

    title = "Unknown form"


class NoSuchPage(InvalidInput):
    """The parameter `page` is not one that a page of the catalogue gave."""

    title = "No such page of the catalogue"


def form_asked(request: CityRequest) -> Form | None:
    """Return the form of RDF that is asked for, by `?format=` or else by Accept; None for a page."""
    if name := request.GET.get("format", ""):
        return _NAMES.get(name)
    if not request.headers.get("Accept"):
        return None
    return _FORMS.get(request.get_preferred_type([_HTML, *_FORMS]) or _HTML)


def or_page(machine: View, page: View) -> View:
    """Answer with RDF whoever asks for it, everybody else with the page, which says where the RDF is."""

    @wraps(page)
    def answer(request: CityRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = form_asked(request) if request.method in {"GET", "HEAD"} else None
        if form is not None:
            return machine(request, form, *args, **kwargs)
        response = page(request, *args, **kwargs)
        if response.status_code == 200:
            response.headers["Link"] = ", ".join(
                f'<{request.path}?format={form}>; rel="alternate"; type="{type_}"'
                for form, type_ in MEDIA_TYPES.items()
            )
        patch_vary_headers(response, ["Accept"])
        return response

    return answer


@require_safe
def catalog(request: CityRequest, extension: str = "") -> HttpResponse:
    """Return a page of the catalogue; people are led to the list of datasets. `page` is as another one gave it."""
    form = _NAMES.get(extension) or form_asked(request)
    if extension and extension not in set(Form):
        raise NoSuchForm(f"The catalogue is not written as {extension!r}.", remedy=f"Choose from {', '.join(Form)}.")
    if form is None and _wants_page(request):
        response = HttpResponseRedirect("/data")
        patch_vary_headers(response, ["Accept"])
        return response
    told = describing.describe_catalog(request.actor.tenant_id, request.build_absolute_uri("/"))
    return _answer(request, form or Form.TURTLE, told, _page(request))


def _wants_page(request: CityRequest) -> bool:
    return request.get_preferred_type([MEDIA_TYPES[Form.TURTLE], _HTML]) == _HTML


def _page(request: CityRequest) -> Page:
    found = queries.catalog_page(request.actor, _after(request), PAGE_DATASETS)
    address = request.build_absolute_uri(request.path)
    page = request.GET.get("page", "")
    return Page(
        uri=f"{address}?page={page or 1}",
        first=f"{address}?page=1",
        next=f"{address}?page={found.following}" if found.following else "",
        total=found.total,
        changed_at=found.changed_at,
        datasets=tuple(describing.describe(request.actor, found.datasets, request.build_absolute_uri("/"))),
    )


def _after(request: CityRequest) -> UUID | None:
    page = request.GET.get("page", "1")
    if page in {"", "1"}:
        return None
    try:
        return UUID(page)
    except ValueError:
        raise NoSuchPage("There is no such page.", remedy="Follow hydra:next from the first page.") from None


def dataset(request: CityRequest, form: Form, slug: str) -> HttpResponse:
    """Return a dataset."""
    found = queries.dataset(request.actor, slug)
    host = request.build_absolute_uri("/")
    (told,) = describing.describe(request.actor, [found], host)
    numbers = queries.version_numbers(request.actor, slug, SHOWN_VERSIONS)
    versions = tuple((f"{told.page}/versions/{number}", number, moment) for number, moment in numbers)
    catalog = describing.describe_catalog(request.actor.tenant_id, host)
    return _answer(request, form, catalog, replace(told, versions=versions))


def version(request: CityRequest, form: Form, slug: str, number: int) -> HttpResponse:
    """Return a version of a dataset."""
    owner = queries.dataset(request.actor, slug)
    found = queries.numbered_version(request.actor, slug, number)
    host = request.build_absolute_uri("/")
    (of,) = describing.describe(request.actor, [owner], host)
    catalog = describing.describe_catalog(request.actor.tenant_id, host)
    return _answer(request, form, catalog, describing.describe_version(request.actor, found, host), of)


def _answer(
    request: CityRequest,
    form: Form,
    catalog: CatalogDescription,
    told: Page | Description | VersionDescription,
    of: Description | None = None,
) -> HttpResponse:
    """Write what is told; whoever has it already, by the description itself, hears 304 before anything is written."""
    etag = f'"{hashlib.sha256(repr((form, catalog, told, of)).encode()).hexdigest()[:32]}"'
    known = get_conditional_response(request, etag=etag)
    body = b"" if known is not None else dcat.serialise(dcat.to_graph(catalog, told, of=of), form)
    response = known or HttpResponse(body, content_type=f"{MEDIA_TYPES[form]}; charset=utf-8")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"  # what may be read may change: ask each time, 304 is cheap
    if isinstance(told, Page) and told.next:
        response.headers["Link"] = f'<{told.next}>; rel="next", <{told.first}>; rel="first"'
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response
