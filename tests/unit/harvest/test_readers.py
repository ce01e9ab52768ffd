"""Readers never stop at a value, whatever it is, and tell everything that they do not take as it stands."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.harvest.formats import ckan, dcat, ogc, opendatasoft, rdf, values
from spiegelstad.harvest.formats.reading import Habits, Reading
from spiegelstad.harvest.rules import Description, Harvested, slug_of, slugify
from spiegelstad.harvest.testing import PREFIXES
from tests.room.harvest.payloads import ods_dataset, ogc_collection, ogc_record, package

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SITE = "https://data.buren.example"


def broken(whole: Any, draw: Any) -> Any:
    """Return a payload in which some values, at any depth, are something else."""
    if isinstance(whole, dict):
        return {
            key: draw(ANYTHING) if draw(st.integers(0, 7)) == 0 else broken(one, draw) for key, one in whole.items()
        }
    return [broken(one, draw) for one in whole] if isinstance(whole, list) else whole


def holds(record: Harvested) -> None:
    """What is promised of every record: usable and complete, or not, with the reason."""
    if record.description is None:
        assert any(one.done == "quarantined" for one in record.findings)
        return
    one = record.description
    assert one.title and one.distributions and len(record.key) > 0
    addresses = [one.uri, one.licence_uri, one.landing_page, *one.conforms_to]
    for way in one.distributions:
        addresses += [way.access_url, way.download_url, way.licence_uri]
    assert all(values.is_address(address) for address in addresses if address)
    texts = [*one.title.values(), *one.description.values(), *(w for ws in one.keywords.values() for w in ws)]
    assert not any("\x00" in text or "<script" in text for text in texts)


@pytest.mark.parametrize("kind", ["ckan", "opendatasoft", "collection", "record"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_strange_values_never_stop_a_reader(kind: str, data: st.DataObject) -> None:
    habits = Habits()
    read = {
        "ckan": lambda: ckan.record(broken(package("a"), data.draw), SITE, habits),
        "opendatasoft": lambda: opendatasoft.record(broken(ods_dataset("a"), data.draw), SITE, habits),
        "collection": lambda: ogc.collection(broken(ogc_collection(SITE, "a"), data.draw), SITE, habits),
        "record": lambda: ogc.record(broken(ogc_record("a"), data.draw), SITE, habits),
    }
    holds(read[kind]())


OBJECT = st.sampled_from(
    ['"Tekst"', '"Tekst"@nl', '""', "<https://a.example/x>", "<a b>", "<mailto:a@b.example>", "[]", '"2024-01-01"',
     "[ dct:title \"x\" ]", '"<b>vet</b>"', "<javascript:x>", '"www.a.example"', "12", "<#>"]
)  # fmt: skip
PREDICATE = st.sampled_from(
    ["dct:title", "dct:description", "dct:license", "dcat:theme", "dcat:keyword", "dcat:contactPoint", "dct:publisher",
     "dct:issued", "dcat:landingPage", "dcat:distribution", "dct:accrualPeriodicity", "dct:conformsTo",
     "dct:accessRights", "dcat:accessUrl", "dct:language", "dct:identifier", "vcard:hasEmail", "dct:provenance"]
)  # fmt: skip
SUBJECT = st.sampled_from(["<https://a.example/d>", "_:d", "<https://a.example/w>"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(SUBJECT, PREDICATE, OBJECT), max_size=25))
def test_strange_statements_never_stop_the_reader_of_dcat(statements: list[tuple[str, str, str]]) -> None:
    fixed = [
        "<https://a.example/d> a dcat:Dataset ; dcat:distribution <https://a.example/w> .",
        "<https://a.example/w> dcat:accessURL <https://a.example/f.csv> . _:d a dcat:Dataset .",
    ]
    text = PREFIXES + "\n".join([*fixed, *(f"{s} {p} {o} ." for s, p, o in statements)])
    graph = rdf.read(text.encode(), "text/turtle", "https://a.example/doc", lambda _: b"")
    found = dcat.records(graph, Habits())
    assert len(found) == 2
    for record in found:
        holds(record)


def test_nobody_states_what_is_not_theirs() -> None:
    """What a record says more is kept, with its parts: not of another dataset, nor of a thing at another host."""
    text = (
        PREFIXES
        + """
        <https://a.example/d> a dcat:Dataset ; dct:title "D"@nl ; dct:issued "2024-01-01" ; dct:relation
          <https://stad.example/data/bomen>, <https://a.example/other>, <https://a.example/place>,
          [ dct:title "deel" ] ;
          dcat:distribution [ dcat:accessURL <https://a.example/f.csv> ] ; dct:subject <not an iri> .
        <https://stad.example/data/bomen> dct:title "Gekaapt"@nl .
        <https://a.example/other> a dcat:Dataset ; dct:title "Ander"@nl .
        <https://a.example/place> dct:title "Plaats"@nl ."""
    )
    graph = rdf.read(text.encode(), "text/turtle", "https://a.example/doc", lambda _: b"")
    record = next(one for one in dcat.records(graph, Habits()) if one.key == "https://a.example/d")
    assert all(
        word in record.statements for word in ("2024-01-01", "data/bomen>", "a.example/other>", "Plaats", "deel")
    )
    assert not any(word in record.statements for word in ("Gekaapt", "Ander", "not an iri", 'dc/terms/title> "D"'))


@given(st.text(max_size=200))
def test_texts_are_tidied_once(text: str) -> None:
    clean = values.without_html(text) if values.has_html(text) else values.tidy(text)
    assert values.tidy(clean) == clean and "\x00" not in clean


MARKUP = ("<a ", "<a b='>", "<!--", "<![CDATA[", "<script", "</script ", "<aaaa", "<!x'\"", "&amp", '<a title="')


def _html(size: int) -> None:
    for one in MARKUP:
        values.without_html(one * size)


def _xml(size: int) -> None:
    with pytest.raises(rdf.UnreadableDocument):
        body = b"<!--Range violation in input for a: found a literal" * size
        rdf.read(body, "application/rdf+xml", SITE, lambda _: b"")


def _values(size: int) -> None:
    ways = ", ".join(f"[ dcat:accessURL <{SITE}/f/{n}> ; dct:license <{SITE}/l/{n}> ]" for n in range(size // 10))
    words = ", ".join(f'"<b>{number}</b>"@nl' for number in range(size))
    text = (
        f'{PREFIXES} <{SITE}/d> a dcat:Dataset ; dct:title "D"@nl ; dcat:keyword {words} ; dcat:distribution {ways} .'
    )
    graph = rdf.read(text.encode(), "text/turtle", SITE, lambda _: b"")
    [record] = dcat.records(graph, Habits())
    assert len(record.findings) > size


@pytest.mark.parametrize(("read", "size"), [(_html, 40_000), (_xml, 20_000), (_values, 10_000)])
def test_time_grows_with_the_document_alone(read: Any, size: int) -> None:
    """The limit on time is looked at between documents: one that is read in the square of its size holds a worker."""
    began = time.process_time()
    read(size)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        (
            "Modellicentie Gratis Hergebruik",
            "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0",
        ),
        ("cc-by", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC0", "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0"),
        (
            "http://creativecommons.org/publicdomain/zero/1.0/legalcode",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        ("https://creativecommons.org/licenses/by/4.0/deed.nl", "https://creativecommons.org/licenses/by/4.0/"),
        ("http://www.opendatacommons.org/licenses/odbl/1-0", "https://opendatacommons.org/licenses/odbl/1-0/"),
        ("Zelf bedacht", ""),
        ("https://stad.example/licentie", ""),
    ],
)
def test_licences_by_other_names(written: str, uri: str) -> None:
    assert values.known_licence(written) == uri


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-09-02", "2024-09-02"),
        ("2012-09-17T17:01+02:00", "2012-09-17T17:01:00+02:00"),
        ("14/02/2025", "2025-02-14"),
        ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00+00:00"),
        ("2023", "2023"),
        ("31/02/2025", ""),
        ("gisteren", ""),
    ],
)
def test_dates_as_they_are_written(written: str, moment: str) -> None:
    assert values.moment(written) == moment


@pytest.mark.parametrize(
    ("written", "usable"),
    [
        ("www.stad.example", "https://www.stad.example"),
        ("https://a.example/een bestand.csv", "https://a.example/een%20bestand.csv"),
        ("javascript:alert(1)", ""),
        ("ftp://a.example/x", ""),
        ("https://me:secret@a.example/", ""),
        ("niet van toepassing", ""),
    ],
)
def test_addresses_are_put_right_or_left_out(written: str, usable: str) -> None:
    reading = Reading(Habits())
    assert reading.address("landingPage", written) == usable
    [told] = reading.findings.found
    assert (told.wrong, told.done, told.value) == ("not-an-address", "understood" if usable else "left-out", written)


def test_slug_is_of_an_address() -> None:
    long = Description(key="https://a.example/1", title={"nl": "Überzicht van de " + "lange " * 30})
    slug = slug_of("buren", long, set())
    assert slug == slugify(slug) and len(slug) <= 80 and slug.startswith("buren-uberzicht-van-de-lange")
    assert slug_of("buren", long, set()) == slug
    assert slug_of("buren", Description(key="b", title={"nl": "数据"}), set()) == "buren"
