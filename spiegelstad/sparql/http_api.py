"""`/sparql`: the SPARQL 1.1 protocol, and `/id/…`: an entity at its own address; as RDF, and as pages for people."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import InvalidInput, NotAcceptable, SpiegelstadError
from spiegelstad.look.public import Cell, Link, table
from spiegelstad.sparql import queries
from spiegelstad.sparql.formats.description import service_description
from spiegelstad.sparql.queries import Answered, Asked
from spiegelstad.sparql.vocabulary import BASE, MAX_QUERY_CHARACTERS, PREFIXES, RDF_TYPES, RESULT_TYPES

_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "json-ld": RdfFormat.JSON_LD,
    "rdf-xml": RdfFormat.RDF_XML,
    "n-triples": RdfFormat.N_TRIPLES,
}
_HTML = "text/html"
_SHOWN_ROWS = 200
EXAMPLE = """SELECT ?place ?name ?value ?moment WHERE {
  ?observation a sosa:Observation ;
    sosa:hasFeatureOfInterest ?place ;
    sosa:hasSimpleResult ?value ;
    sosa:resultTime ?moment .
  ?place rdfs:label ?name .
}
ORDER BY DESC(?moment)
LIMIT 20"""


class NotAQuery(SpiegelstadError):
    """A body that is no query."""

    status = 415
    title = "The format is not known"


@csrf_exempt  # it only reads, and is asked by other sites
@require_http_methods(["GET", "HEAD", "POST"])
def sparql(request: CityRequest) -> HttpResponse:
    """Answer a query; without one, describe the service, to people by a page to try it on."""
    asked = _asked(request)
    wanted = _wanted(request, [*RESULT_TYPES, *RDF_TYPES, _HTML], "")
    if wanted == _HTML:
        return _page(request, asked)
    if asked is None:
        return _rdf(request, service_description(_base(request)))
    if wanted is None:
        raise NotAcceptable("The answer cannot be had in this form.", remedy=f"Accept {', '.join(RESULT_TYPES)}.")
    answered = queries.ask(request.tenant.id, asked, _base(request))
    response = HttpResponse(answered.body, content_type=_type_of(answered, asked))
    response.headers["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept"])
    return response


def _asked(request: CityRequest) -> Asked | None:
    """Read the query by the protocol: in the address, in a form, or as the whole body."""
    given, text = request.GET, request.GET.get("query", "")
    if request.method == "POST":
        if request.content_type == "application/sparql-query":
            text = _decoded(request)
        elif request.content_type == "application/x-www-form-urlencoded":
            given, text = request.POST, request.POST.get("query", "")
        else:
            raise NotAQuery("A query comes as application/sparql-query or as a form with the field query.")
    if "update" in request.POST or "update" in request.GET:
        raise queries.BadSparql("This endpoint is for reading.", remedy="Write by NGSI-LD or by a source.")
    if not text.strip():
        return None
    results, rdf = _wanted(request, [*RESULT_TYPES], None), _wanted(request, [*RDF_TYPES], None)
    return Asked(
        text,
        results=RESULT_TYPES[results or "application/sparql-results+json"],
        rdf=RDF_TYPES[rdf or "text/turtle"],
        default_graphs=_iris(given.getlist("default-graph-uri")),
        named_graphs=_iris(given.getlist("named-graph-uri")),
    )


def _decoded(request: HttpRequest) -> str:
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise queries.BadSparql("The query is not UTF-8.") from None


def _iris(given: list[str]) -> list[str]:
    try:
        return [NamedNode(iri).value for iri in given[:100]]
    except ValueError as error:
        raise InvalidInput(f"A graph is not named by an IRI: {error}.") from None


def _type_of(answered: Answered, asked: Asked) -> str:
    if answered.kind == "triples":
        return next(name for name, kind in RDF_TYPES.items() if kind == asked.rdf)
    if answered.kind == "boolean" and asked.results in {"csv", "tsv"}:
        return "application/sparql-results+json"
    return next(name for name, kind in RESULT_TYPES.items() if kind == asked.results)


def _page(request: CityRequest, asked: Asked | None) -> HttpResponse:
    """Show the form, and below it what the query found or why it could not run."""
    context: dict[str, Any] = {
        "query": asked.query if asked else EXAMPLE,
        "most": MAX_QUERY_CHARACTERS,
        "prefixes": sorted(PREFIXES.items()),
        "result": None,
    }
    status = 200
    if asked is not None:
        try:
            context |= _found(queries.ask(request.tenant.id, Asked(asked.query), _base(request)))
        except SpiegelstadError as error:
            context["problem"], status = error, error.status
    return render(request, "sparql/sparql.html", context, status=status)


def _found(answered: Answered) -> dict[str, Any]:
    if answered.kind == "triples":
        return {"text": answered.body.decode()}
    told = orjson.loads(answered.body)
    if answered.kind == "boolean":
        return {"text": _("yes") if told["boolean"] else _("no")}
    names, rows = told["head"]["vars"], told["results"]["bindings"]
    shown = [tuple(_cell(row.get(name)) for name in names) for row in rows[:_SHOWN_ROWS]]
    return {"result": table(_("What was found"), names, shown) if names else None, "count": len(rows)}


def _cell(value: dict[str, str] | None) -> Cell:
    if value is None:
        return "–"
    text = value["value"]
    return Link(text, text) if value["type"] == "uri" and text.startswith(("http://", "https://")) else text


@require_safe
def entity(request: CityRequest, entity_id: str) -> HttpResponse:
    """Give an entity by its address: RDF by Accept, a page for people."""
    quads = queries.entity_quads(request.actor, entity_id)
    wanted = _wanted(request, [_HTML, *RDF_TYPES], "text/turtle")
    if wanted != _HTML:
        return _rdf(request, quads)
    return render(request, "sparql/entity.html", {"id": entity_id, "facts": _facts(quads, _base(request))})


def _facts(quads: list[Quad], base: str) -> Any:
    rows: list[tuple[Cell, ...]] = []
    for quad in quads:
        target = quad.object
        assert isinstance(quad.subject, NamedNode) and isinstance(target, NamedNode | Literal)
        subject, predicate, text = (one.value.replace(BASE, base) for one in (quad.subject, quad.predicate, target))
        value: Cell = Link(text, text) if isinstance(target, NamedNode) and text.startswith("http") else text
        rows.append((Link(_short(predicate), predicate), value, subject.rpartition("#")[2] if "#" in subject else "–"))
    return table(_("What is known"), [_("Property"), _("Value"), _("Part")], rows)


def _short(iri: str) -> str:
    """Write an IRI with a known prefix."""
    known = ((name, space) for name, space in PREFIXES.items() if iri.startswith(space))
    name, space = max(known, key=lambda pair: len(pair[1]), default=("", ""))
    return f"{name}:{iri.removeprefix(space)}" if space else iri


def _rdf(request: CityRequest, quads: list[Quad]) -> HttpResponse:
    wanted = _wanted(request, [*RDF_TYPES], "text/turtle")
    if wanted is None:
        raise NotAcceptable("This cannot be had in this form.", remedy=f"Accept one of {', '.join(RDF_TYPES)}.")
    base = _base(request)
    triples = [quad.triple for quad in quads]
    written = serialize(triples, format=_FORMATS[RDF_TYPES[wanted]], prefixes={**PREFIXES, "city": BASE})
    assert written is not None
    response = HttpResponse(written.replace(BASE.encode(), base.encode()), content_type=wanted)
    patch_vary_headers(response, ["Accept"])
    return response


def _wanted(request: HttpRequest, known: list[str], otherwise: str | None) -> str | None:
    """Return the media type that is liked best, None when none of them is; `otherwise` when nothing is said of it."""
    return request.get_preferred_type(known) if "Accept" in request.headers else otherwise


def _base(request: CityRequest) -> str:
    return request.build_absolute_uri("/")
