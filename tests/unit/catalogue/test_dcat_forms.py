"""Any description is written in three forms that say the same, and every code is one of its authority table."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.description import (
    CatalogDescription,
    Description,
    Measured,
    Origin,
    Page,
    VersionDescription,
)
from spiegelstad.catalogue.formats.dcat import Form, Graph, serialise, terms, to_graph
from spiegelstad.catalogue.formats.dcat.graph import ADDRESS, clean, iri
from spiegelstad.catalogue.formats.dcat.terms import PREFIXES
from spiegelstad.catalogue.rules import Contact, Coverage, Distribution, QualityCheck, RunInfo, SourceInfo
from spiegelstad.catalogue.vocabulary import LICENCES, Frequency, HvdCategory, Status, Theme

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
HOST = "https://stad.example/"
CATALOG = CatalogDescription(host=HOST, name={"nl": "Stad", "en": "City"}, bounds=(2.5, 51.2, 3.0, 51.5))
TEXTS = st.text(max_size=40)
LOCALISED = st.dictionaries(st.sampled_from(["nl", "en", "fr", "zz-Latn", "not a tag", ""]), TEXTS, max_size=3)
ADDRESSES = st.one_of(
    st.just(""), TEXTS, TEXTS.map(lambda text: f"https://example.org/{text}"),
    st.sampled_from(["https://example.org/a b|c?d=é&e=[1]#x", "spdx:0", "dct:title", "dct://x/y", "rdf:"]),
)  # fmt: skip
MOMENTS = st.datetimes(timezones=st.just(UTC))
DISTRIBUTIONS = st.builds(
    Distribution, ADDRESSES, LOCALISED, ADDRESSES, TEXTS, TEXTS, ADDRESSES, st.none() | st.integers(0, 2**63),
    st.just("") | st.binary(min_size=32, max_size=32).map(bytes.hex),
)  # fmt: skip
CHECKS = st.builds(
    QualityCheck, st.sampled_from(["required", "minimum 0", "pattern [A-Z]<&>", "never heard of"]), TEXTS,
    st.integers(0, 9), st.integers(0, 9), st.floats(0, 1),
)  # fmt: skip
RUNS = st.builds(
    RunInfo, st.uuids(), TEXTS, TEXTS, MOMENTS, st.integers(0), st.integers(0), st.integers(0), TEXTS
)  # fmt: skip
BOUNDS = st.tuples(*[st.floats(-180, 180) for _ in range(4)])
VERSIONS = st.builds(
    VersionDescription,
    uri=st.integers(1, 9).map(lambda number: f"{HOST}data/x/versions/{number}"),
    number=st.integers(1, 9),
    published_at=MOMENTS,
    rows=st.integers(0),
    coverage=st.builds(Coverage, st.none() | MOMENTS, st.none() | MOMENTS, st.none() | BOUNDS),
    quality=st.builds(Measured, st.none() | st.floats(0, 1), st.lists(CHECKS, max_size=3).map(tuple)),
    origin=st.builds(Origin, TEXTS, st.none() | RUNS, st.lists(ADDRESSES, max_size=2).map(tuple)),
    distributions=st.lists(DISTRIBUTIONS, max_size=2).map(tuple),
)
DESCRIPTIONS = st.builds(
    Description,
    id=st.uuids().map(str),
    uri=st.sampled_from([f"{HOST}data/x", "https://elsewhere.example/id/é(1)"]),
    page=st.just(f"{HOST}data/x"),
    slug=st.just("x"),
    department=TEXTS,
    title=LOCALISED,
    description=LOCALISED,
    theme=st.sampled_from(list(Theme)),
    keywords=st.dictionaries(st.sampled_from(["nl", "en"]), st.lists(TEXTS, max_size=3), max_size=2),
    publisher=TEXTS,
    contact=st.builds(Contact, TEXTS, TEXTS, ADDRESSES),
    classification=st.sampled_from(["public", "internal", "confidential", "personal"]),
    licence_uri=st.one_of(ADDRESSES, st.sampled_from(list(LICENCES))),
    hvd_category=st.sampled_from(["", *HvdCategory]),
    frequency=st.sampled_from(["", *Frequency]),
    landing_page=ADDRESSES,
    conforms_to=st.lists(ADDRESSES, max_size=2).map(tuple),
    is_authoritative=st.booleans(),
    legal_basis=TEXTS,
    source=st.builds(SourceInfo, TEXTS, ADDRESSES, TEXTS),
    status=st.sampled_from(list(Status)),
    replaced_by=ADDRESSES,
    issued_at=st.none() | MOMENTS,
    modified_at=st.none() | MOMENTS,
    record_issued_at=MOMENTS,
    record_modified_at=MOMENTS,
    distributions=st.lists(DISTRIBUTIONS, max_size=3).map(tuple),
    is_tabular=st.booleans(),
    is_geographic=st.booleans(),
    current=st.none() | VERSIONS,
    versions=st.lists(st.tuples(ADDRESSES, st.integers(1, 99), MOMENTS), max_size=3).map(tuple),
)


PLAIN = Description(
    id="1", uri=f"{HOST}data/x", page=f"{HOST}data/x", slug="x", department="", title={"nl": "x"}, description={},
    theme=Theme.POPULATION, keywords={}, publisher="", contact=Contact("", "", ""), classification="public",
    licence_uri="", hvd_category="", frequency="", landing_page="", conforms_to=(), is_authoritative=False,
    legal_basis="", source=SourceInfo("", "", ""), status=Status.PUBLISHED, replaced_by="", issued_at=None,
    modified_at=None, record_issued_at=datetime(2026, 1, 1, tzinfo=UTC),
    record_modified_at=datetime(2026, 1, 1, tzinfo=UTC), distributions=(), is_tabular=False, is_geographic=False,
    current=None,
)  # fmt: skip


def _page(*found: Description) -> Page:
    return Page(uri=f"{HOST}catalog?page=1", first=f"{HOST}catalog?page=1", total=len(found), datasets=found)


def _parsed(written: bytes, form: Form) -> set[Any]:
    import pyoxigraph

    formats = {
        Form.TURTLE: pyoxigraph.RdfFormat.TURTLE, Form.RDF_XML: pyoxigraph.RdfFormat.RDF_XML,
        Form.JSON_LD: pyoxigraph.RdfFormat.JSON_LD,
    }  # fmt: skip
    return set(pyoxigraph.parse(written, format=formats[form]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DESCRIPTIONS)
def test_any_description_reads_back_from_every_form(found: Description) -> None:
    _reads_back(found)


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DESCRIPTIONS)
def test_any_of_many_descriptions_reads_back_from_every_form(found: Description) -> None:
    _reads_back(found)


def _reads_back(found: Description) -> None:
    for told, of in ((_page(found), None), (found, None), *([(found.current, found)] if found.current else [])):
        graph = to_graph(CATALOG, told, of=of)
        quads = list(graph.quads())
        assert len(quads) == len(set(quads))
        for form in Form:
            assert _parsed(serialise(graph, form), form) == set(quads), form


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DESCRIPTIONS)
def test_any_description_is_the_same_graph_to_rdflib(found: Description) -> None:
    from rdflib import Graph as OfOthers
    from rdflib.compare import to_isomorphic

    graph = to_graph(CATALOG, _page(found))
    names = {Form.TURTLE: "turtle", Form.JSON_LD: "json-ld", Form.RDF_XML: "xml"}
    graphs = [to_isomorphic(OfOthers().parse(data=serialise(graph, form), format=names[form])) for form in Form]
    assert graphs[0] == graphs[1] == graphs[2]


def test_statements_of_others_break_no_form() -> None:
    """What was harvested is told again, but not what one of the forms could not hold."""
    import pyoxigraph
    from rdflib import Graph as OfOthers

    node, there = "https://elsewhere.example/id/é(1)", "https://elsewhere.example/ns#"
    literal = pyoxigraph.Literal("a\x0b\r\nb ]]> <&", language="nl")
    of = [
        pyoxigraph.Triple(pyoxigraph.NamedNode(node), pyoxigraph.NamedNode(predicate), literal)
        for predicate in (
            f"{there}colour",
            f"{there}123",
            f"{there}a(b)",
            f"{there}?x=1",
            "http://purl.org/dc/terms/title",
        )
    ]
    stated = (pyoxigraph.serialize(of, format=pyoxigraph.RdfFormat.N_TRIPLES) or b"").decode()
    found = replace(PLAIN, uri=node, statements=stated)
    graph = to_graph(CATALOG, _page(found))
    quads = list(graph.quads())
    assert {quad.predicate.value for quad in quads if quad.predicate.value.startswith(there)} == {f"{there}colour"}
    names = {Form.TURTLE: "turtle", Form.JSON_LD: "json-ld", Form.RDF_XML: "xml"}
    sizes = {len(OfOthers().parse(data=serialise(graph, form), format=names[form])) for form in Form}
    assert sizes == {len(quads)}


def test_what_others_lead_to_has_its_type_and_ours_gets_none() -> None:
    node, dct = "https://elsewhere.example/id/1", "http://purl.org/dc/terms/"
    place = "https://metadata.vlaanderen.be/id/GDI-Vlaanderen-Vlaamse-Administratieve-Eenheden/Antwerpen"
    stated = f"<{node}> <{dct}spatial> <{place}> .\n<{node}> <{dct}spatial> <{HOST}data/y> .\n"
    stated += f"<{node}> <{dct}relation> <https://elsewhere.example/id/2> .\n<{node}> <{dct}spatial> <x:> .\n"
    told = to_graph(CATALOG, _page(replace(PLAIN, uri=node, statements=stated)))
    types = {(q.subject.value, q.object.value) for q in told.quads() if q.predicate.value == f"{PREFIXES['rdf']}type"}
    assert (place, f"{dct}Location") in types
    assert not {subject for subject, _type in types} & {f"{HOST}data/y", "https://elsewhere.example/id/2"}


@pytest.mark.parametrize("address", ["spdx:0", "rdf:type", "http://purl.org/dc/terms///x"])
def test_no_address_becomes_another_by_a_short_name(address: str) -> None:
    graph = Graph()
    said = graph.node(address).found
    for statement in (
        (address, address, ADDRESS),
        (address, "1", address),
        (f"{PREFIXES['rdf']}type", address, ADDRESS),
    ):
        said[statement] = None
    forms = set(Form) if address[-1].isalpha() else {Form.TURTLE, Form.JSON_LD}  # in RDF/XML a property ends in a name
    for form in forms:
        assert _parsed(serialise(graph, form), form) == set(graph.quads()), form


def test_an_odd_format_breaks_no_page() -> None:
    """What others name a format can be anything."""
    way = Distribution("https://x.example/a#b#c", {"nl": "x"}, format="##", media_type="text/a#b#c")
    _reads_back(replace(PLAIN, distributions=(way,)))


def test_a_text_of_others_is_escaped() -> None:
    graph = Graph()
    graph.node("https://x.example/1").text("dct:title", {"nl": 'a "b" <&]]> \\ c\\n\n\td'})
    for form in Form:
        assert _parsed(serialise(graph, form), form) == set(graph.quads()), form


@given(TEXTS)
def test_no_text_is_empty_or_unwritable(text: str) -> None:
    assert clean(text) == clean(text).strip()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\r\ud800-\udfff\ufffe\uffff]", clean(text))


@pytest.mark.parametrize("text", ["", "not an address", "/data/x", "//host/x", "C", ":x"])
def test_what_is_no_address_is_never_a_node(text: str) -> None:
    assert iri(text) is None


# The Named Authority Lists of the Publications Office of the EU, as far as a code of them is chosen here.
THEME_CODES = {"AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH", "TRAN"}
FREQUENCY_CODES = {
    "TRIENNIAL", "BIENNIAL", "ANNUAL", "ANNUAL_2", "ANNUAL_3", "QUARTERLY", "BIMONTHLY",
    "MONTHLY", "MONTHLY_2", "MONTHLY_3", "BIWEEKLY", "WEEKLY", "WEEKLY_2", "WEEKLY_3",
    "DAILY", "DAILY_2", "HOURLY", "UPDATE_CONT", "CONT", "IRREG", "UNKNOWN",
    "OTHER", "NEVER",
}  # fmt: skip
ACCESS_CODES = {"PUBLIC", "RESTRICTED", "NON_PUBLIC", "CONFIDENTIAL", "SENSITIVE"}
STATUS_CODES = {"COMPLETED", "DEPRECATED", "DEVELOP", "DISCONT", "OP_DATPRO", "WITHDRAWN"}
HVD_CODES = {"c_ac64a52d", "c_dd313021", "c_164e0bf5", "c_e1da4e07", "c_a9135398", "c_b79e35eb"}


def test_codes_are_those_of_the_authority_tables() -> None:
    assert set(terms.DATA_THEMES) <= THEME_CODES
    assert set(terms.EU_THEMES) == set(Theme)
    assert {code for codes in terms.EU_THEMES.values() for code in codes} <= set(terms.DATA_THEMES)
    assert set(Frequency) <= FREQUENCY_CODES
    assert set(terms.ACCESS_RIGHTS.values()) <= ACCESS_CODES
    assert set(terms.DATASET_STATUS) == set(Status)
    assert set(terms.DATASET_STATUS.values()) == set(terms.STATUS_LABELS) <= STATUS_CODES
    assert set(HvdCategory) == set(terms.HVD_LABELS) == HVD_CODES
    assert set(terms.LICENCE_TYPES) == set(LICENCES)


def test_licence_types_are_those_of_adms(shared_data: Path) -> None:
    text = (shared_data / "catalogue/thesauri/licence-type.rdf").read_text(encoding="utf-8")
    for code in terms.LICENCE_TYPES.values():
        assert f'rdf:about="http://purl.org/adms/licencetype/{code}"' in text


def test_flemish_words_are_those_of_real_records(shared_data: Path) -> None:
    records = (shared_data / "catalogue/dcat-ap-vl-records").glob("*.xml")
    text = "".join(path.read_text(encoding="utf-8") for path in records)
    for uri, label in terms.FLEMISH_LABELS.items():
        assert uri in text
        assert label["nl"] in text
