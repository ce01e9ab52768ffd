"""In what form a request wants its entities (clauses 6.3.7, 6.3.11, 4.5.5, 4.15, 4.16, 4.21)."""

from typing import Any, cast

import pytest
from django.http import QueryDict

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.errors import BadRequestData, InvalidRequest
from spiegelstad.context.formats.form import Form
from spiegelstad.context.http_api.forms import form_of, make_form
from spiegelstad.context.http_api.media import GEO_JSON, JSON
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules.documents import LOCATION
from spiegelstad.context.rules.terms import CORE

NOBODY = cast(Any, None)


def form(query: str, accept: str = JSON) -> Form:
    return form_of(NgsiRequest(NOBODY, NOBODY, NOBODY, CORE, QueryDict(query), None, "", accept))


def test_a_form_without_parameters_is_normalized_and_whole() -> None:
    found = form("type=Sensor&q=a==1")
    assert found == Form(now=found.now)
    assert len(found.now) == len("2026-11-22T07:00:00.000000Z")


@pytest.mark.parametrize(
    ("query", "representation", "sys_attrs"),
    [
        ("options=keyValues", "simplified", False),
        ("options=simplified,sysAttrs", "simplified", True),
        ("options=concise", "concise", False),
        ("format=concise&options=keyValues,sysAttrs", "concise", True),
        ("format=keyValues", "simplified", False),
        ("format=normalized", "normalized", False),
        ("options=keyValues,simplified", "simplified", False),
    ],
)
def test_6_3_7_format_goes_before_options(query: str, representation: str, sys_attrs: bool) -> None:
    found = form(query)
    assert (found.representation, found.sys_attrs) == (representation, sys_attrs)


def test_names_are_expanded() -> None:
    wind = CORE.expand("wind")
    found = form("attrs=wind&pick=id,wind&omit=wind{wind}&datasetId=@none,urn:data:1&lang=nl,fr;q=0.5")
    assert (found.attrs, found.pick, found.omit) == ({wind}, {"id": None, wind: None}, {wind: {wind: None}})
    assert (found.dataset_ids, found.language) == ({"", "urn:data:1"}, "nl,fr;q=0.5")


def test_5_7_1_a_geometry_property_goes_with_geojson_only() -> None:
    query = "geometryProperty=observationSpace"
    assert form(query, GEO_JSON).geometry_property == CORE.expand("observationSpace")
    assert form("", GEO_JSON).geometry_property == LOCATION
    with pytest.raises(BadRequestData):
        form(query)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("format=xml", InvalidRequest),
        ("options=keyValues,concise", InvalidRequest),
        ("options=strange", InvalidRequest),
        ("attrs=a,,b", InvalidRequest),
        ("attrs=not-a-name", BadRequestData),
        ("pick=", BadRequestData),
        ("pick=a{", BadRequestData),
        ("omit=a-b", BadRequestData),
        ("lang=no%20language", BadRequestData),
        ("datasetId=nouri", BadRequestData),
    ],
)
def test_a_wrong_parameter_is_refused(query: str, error: type[SpiegelstadError]) -> None:
    with pytest.raises(error):
        form(query)


def test_a_query_body_makes_the_same_form() -> None:
    made = make_form(CORE, representation="concise", attrs=["wind"], pick=["id", "wind"], dataset_ids=["@none"])
    asked = form("format=concise&attrs=wind&pick=id,wind&datasetId=@none")
    assert made == Form(**{name: getattr(asked, name) for name in Form.__slots__} | {"now": made.now})
    with pytest.raises(BadRequestData):
        make_form(CORE, attrs=[])
