"""DCAT (DCAT-AP 3, DCAT-AP-VL and what is called so) to harvested records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urljoin

from pyoxigraph import BlankNode, Literal, NamedNode

from spiegelstad.catalogue.public import Contact, Distribution
from spiegelstad.harvest.formats import values
from spiegelstad.harvest.formats.rdf import RDF_TYPE, Graph, Node, Term
from spiegelstad.harvest.formats.reading import Habits, Reading
from spiegelstad.harvest.formats.remainder import statements
from spiegelstad.harvest.formats.terms import (
    ADMS,
    DC,
    DCAT,
    DCATAP,
    DCT,
    DPV,
    FOAF,
    LANGUAGES,
    NAMES,
    NEXT_PAGE,
    PROV,
    RDFS,
    SKOS,
    SPDX,
    STATUSES,
    VCARD,
)
from spiegelstad.harvest.rules import Description, Harvested, last_part
from spiegelstad.harvest.vocabulary import Done, Wrong

XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
CLOSED = frozenset({"NON_PUBLIC", "RESTRICTED", "CONFIDENTIAL", "SENSITIVE"})
_TITLE = (f"{DCT}title", f"{DC}title", f"{RDFS}label")
_DESCRIPTION = (f"{DCT}description", f"{DC}description", f"{RDFS}comment")
_LICENCE = (f"{DCT}license",)
_READ = frozenset({
    RDF_TYPE, *_TITLE, *_DESCRIPTION, *_LICENCE, f"{DCAT}keyword", f"{DCAT}theme", f"{DCT}publisher",
    f"{DCAT}contactPoint", f"{DCT}accrualPeriodicity", f"{DCATAP}hvdCategory", f"{DCAT}landingPage",
    f"{DCT}conformsTo", f"{DCT}accessRights", f"{DCT}issued", f"{DCT}modified", f"{DCAT}distribution",
    f"{DCT}identifier", f"{DCAT}endpointURL", f"{DCAT}accessURL", f"{DCAT}downloadURL", f"{DCT}format",
    f"{DCAT}mediaType", f"{DCAT}byteSize", f"{SPDX}checksum", f"{DCT}creator", f"{DCT}language",
    f"{DCAT}accessService", f"{ADMS}status",
})  # fmt: skip


def records(graph: Graph, habits: Habits) -> list[Harvested]:
    """Read every dataset of a document, and every service that stands alone."""
    found = [_Record(graph, node, habits).dataset() for node in _datasets(graph)]
    served = set(graph.of_type(f"{DCAT}Dataset", f"{DCAT}DatasetSeries"))
    for node in graph.of_type(f"{DCAT}DataService"):
        if not served.intersection(graph.values(node, f"{DCAT}servesDataset")):
            found.append(_Record(graph, node, habits).service())
    return found


def next_page(graph: Graph) -> str:
    """Return the address of the next page, or nothing."""
    for of in graph.about.values():
        for predicate in NEXT_PAGE:
            for value in of.get(predicate, ()):
                if isinstance(value, NamedNode | Literal):
                    return value.value
    return ""


def _datasets(graph: Graph) -> Iterable[Node]:
    """Yield the datasets that are described here; versions of another dataset belong to that one."""
    versions = {
        value for of in graph.about.values() for name in ("hasVersion", "previousVersion")
        for value in of.get(f"{DCAT}{name}", ())
    }  # fmt: skip
    for node in graph.of_type(f"{DCAT}Dataset", f"{DCAT}DatasetSeries"):
        if node not in versions and not graph.values(node, f"{DCAT}isVersionOf"):
            yield node


class _Record:
    """One dataset or service of a graph."""

    def __init__(self, graph: Graph, node: Node, habits: Habits) -> None:
        self.graph = graph
        self.node = node
        self.reading = Reading(replace(habits, language=self._own_language() or habits.language))
        for one in (node, *graph.values(node, f"{DCAT}distribution")):
            for name in graph.misspelt.get(one, ()):
                self.reading.findings.add(last_part(name), Wrong.MISSPELT, Done.UNDERSTOOD, name)

    def dataset(self) -> Harvested:
        """Read a dataset."""
        uri = self._uri()
        landing = self._address("landingPage", self.node, f"{DCAT}landingPage")
        distributions = [self._distribution(one) for one in self._nodes(f"{DCAT}distribution")]
        usable = tuple(one for one in distributions if one is not None)
        if not usable and landing:
            self.reading.findings.add("distribution", Wrong.MISSING, Done.DEFAULT_USED, "", landing)
            usable = (Distribution(landing),)
        return replace(self._ended(uri, landing, usable), statements=statements(self.graph, self.node))

    def service(self) -> Harvested:
        """Read a data service that stands alone: a dataset whose data is had by the service."""
        uri = self._uri()
        endpoint = self._address("endpointURL", self.node, f"{DCAT}endpointURL")
        landing = self._address("landingPage", self.node, f"{DCAT}landingPage")
        self.reading.findings.add("type", Wrong.SERVICE, Done.TAKEN_AS_DATASET, "dcat:DataService")
        distributions = (Distribution(endpoint),) if endpoint else ()
        return replace(self._ended(uri, landing, distributions), is_service=True)

    def _ended(self, uri: str, landing: str, distributions: tuple[Distribution, ...]) -> Harvested:
        key = uri or self._identifier()
        node, reading = self.node, self.reading
        if not key:
            reading.findings.add("identifier", Wrong.MISSING, Done.QUARANTINED)
            title = self._texts("title", node, *_TITLE)
            return reading.end(f"#{next(iter(title.values()), '?')}", None)
        licence = self._licence(node) or _commonest([one.licence_uri for one in distributions])
        if not licence:
            done = Done.DEFAULT_USED if reading.habits.licence else Done.LEFT_OUT
            reading.findings.add("licence", Wrong.MISSING, done, "", reading.habits.licence)
        description = Description(
            key=key,
            uri=uri,
            title=self._texts("title", node, *_TITLE, limit=values.MAX_TITLE),
            description=self._texts("description", node, *_DESCRIPTION),
            keywords=self._keywords(),
            themes=self._themes(),
            publisher=self._publisher(),
            contact=self._contact(),
            licence_uri=licence or reading.habits.licence,
            frequency=self._code("frequency", f"{DCT}accrualPeriodicity", reading.frequency),
            hvd_category=self._code("hvdCategory", f"{DCATAP}hvdCategory", reading.hvd),
            landing_page=landing,
            conforms_to=tuple(filter(None, (self._iri("conformsTo", v) for v in self._values(f"{DCT}conformsTo")))),
            status=next((STATUSES[c] for c in self._codes(f"{ADMS}status") if c in STATUSES), ""),
            is_public=self._is_public(),
            is_authoritative=any(_text(one).endswith("#authoritative") for one in self._values(f"{DCT}provenance")),
            legal_basis=self._legal_basis(),
            source_name=self._derived_from()[0],
            source_url=self._derived_from()[1],
            issued=self._moment("issued"),
            modified=self._moment("modified"),
            distributions=distributions,
        )
        return reading.end(key, description, self._unused())

    def _own_language(self) -> str:
        """Return the language of the record, when it names one."""
        found = {LANGUAGES.get(last_part(_text(one)).lower(), "") for one in self._values(f"{DCT}language")}
        return next(iter(found)) if len(found) == 1 else ""

    def _values(self, *predicates: str) -> list[Term]:
        return self.graph.values(self.node, *predicates)

    def _nodes(self, predicate: str) -> list[Node]:
        found = []
        for value in self._values(predicate):
            if isinstance(value, NamedNode | BlankNode):
                found.append(value)
            else:
                self.reading.findings.add(last_part(predicate), Wrong.LITERAL, Done.LEFT_OUT, _text(value))
        return found

    def _uri(self) -> str:
        return self.reading.address("uri", self.node.value) if isinstance(self.node, NamedNode) else ""

    def _identifier(self) -> str:
        return next((_text(one) for one in self._values(f"{DCT}identifier") if _text(one)), "")

    def _texts(self, property: str, node: Term, *predicates: str, limit: int = values.MAX_TEXT) -> dict[str, str]:
        for predicate in predicates:
            found = [one for one in self.graph.values(node, predicate) if isinstance(one, Literal)]
            if found:
                return self.reading.localised(property, [(one.value, one.language or "") for one in found], limit)
        return {}

    def _keywords(self) -> dict[str, tuple[str, ...]]:
        words: dict[str, dict[str, None]] = {}
        for one in self._values(f"{DCAT}keyword"):
            if text := self.reading.text("keyword", _text(one), values.MAX_TITLE):
                tag = one.language or "" if isinstance(one, Literal) else ""
                words.setdefault(self.reading.language("keyword", tag), {})[text] = None
            else:
                self.reading.findings.add("keyword", Wrong.EMPTY, Done.LEFT_OUT)
        return {language: tuple(sorted(found)) for language, found in words.items()}

    def _themes(self) -> tuple[str, ...]:
        found = []
        for one in self._values(f"{DCAT}theme"):
            if isinstance(one, Literal):
                done = Done.UNDERSTOOD if one.value.strip() else Done.LEFT_OUT
                wrong = Wrong.LITERAL if one.value.strip() else Wrong.EMPTY
                self.reading.findings.add("theme", wrong, done, one.value, one.value)
            notation = [_text(value) for value in self.graph.values(one, f"{SKOS}notation")]
            found += notation or [_text(one) or self._name(one)]
        return tuple(sorted(filter(None, found), key=lambda theme: "://" in theme))  # words are the source's own

    def _name(self, value: Term) -> str:
        """Return the name of an agent or a concept, in the language of the source when there are several."""
        if isinstance(value, Literal):
            return values.tidy(value.value)
        for predicate in NAMES:
            names = [one for one in self.graph.values(value, predicate) if isinstance(one, Literal) and one.value]
            names.sort(key=lambda one: one.language != self.reading.habits.language)
            if names:
                return values.tidy(names[0].value)
        return ""

    def _publisher(self) -> str:
        given = self._values(f"{DCT}publisher", f"{DCT}creator")
        names = [name for name in map(self._name, given) if name]
        if not names:
            wrong = Wrong.EMPTY if given else Wrong.MISSING
            self.reading.findings.add("publisher", wrong, Done.LEFT_OUT, _text(given[0]) if given else "")
        elif len(self._values(f"{DCT}publisher")) > 1:
            self.reading.findings.add("publisher", Wrong.MANY, Done.FIRST_KEPT, ", ".join(names), names[0])
        if given and isinstance(given[0], Literal):
            self.reading.findings.add("publisher", Wrong.LITERAL, Done.UNDERSTOOD, given[0].value, given[0].value)
        return names[0][: values.MAX_TITLE] if names else ""

    def _contact(self) -> Contact:
        points = self._nodes(f"{DCAT}contactPoint")
        if not points:
            return Contact()
        if len(points) > 1:
            self.reading.findings.add("contactPoint", Wrong.MANY, Done.FIRST_KEPT, "", self._name(points[0]))
        point = points[0]
        if NamedNode(f"{VCARD}Individual") in self.graph.values(point, RDF_TYPE):
            self.reading.findings.add("contactPoint", Wrong.PERSON, Done.LEFT_OUT)
            return Contact()
        return Contact(self._name(point)[: values.MAX_TITLE], self._mail(point), self._page(point))

    def _legal_basis(self) -> str:
        """Return why the publisher may hold the data, as our own catalogue tells it."""
        for basis in self._values(f"{DPV}hasLegalBasis"):
            for text in self.graph.values(basis, f"{DCT}description"):
                return self.reading.text("legalBasis", _text(text), values.MAX_TITLE)
        return ""

    def _derived_from(self) -> tuple[str, str]:
        """Return name and address of what the data was made from, where the record names it with a title."""
        for entity in self._values(f"{PROV}wasDerivedFrom"):
            titles = [_text(one) for one in self.graph.values(entity, f"{DCT}title")]
            if titles and values.is_address(_text(entity)):
                return titles[0][: values.MAX_TITLE], _text(entity)
        return "", ""

    def _mail(self, point: Node) -> str:
        for value in self.graph.values(point, f"{VCARD}hasEmail", f"{VCARD}email", f"{FOAF}mbox"):
            inner = self.graph.values(value, f"{VCARD}hasValue", f"{VCARD}value")
            written = inner[0] if inner else value
            if _text(written):
                return self.reading.mail("contactPoint.email", _text(written), is_literal=isinstance(written, Literal))
            self.reading.findings.add("contactPoint.email", Wrong.EMPTY, Done.LEFT_OUT)
        return ""

    def _page(self, point: Node) -> str:
        return self._address("contactPoint.url", point, f"{VCARD}hasURL", f"{VCARD}url", f"{FOAF}page")

    def _licence(self, node: Node) -> str:
        """Return the licence of a dataset or distribution; an empty one is told."""
        for value in self.graph.values(node, *_LICENCE):
            inner = self.graph.values(value, f"{DCT}identifier", f"{DCT}title", f"{RDFS}label", f"{FOAF}page")
            written = value if _text(value) or not inner else inner[0]
            if not _text(written).strip() or _text(written) == self.graph.base:
                self.reading.findings.add("licence", Wrong.EMPTY, Done.LEFT_OUT)
            elif found := self.reading.licence("licence", _text(written), is_literal=isinstance(written, Literal)):
                return found
        return ""

    def _is_public(self) -> bool:
        for code in self._codes(f"{DCT}accessRights"):
            if code in CLOSED:
                self.reading.findings.add("accessRights", Wrong.NOT_PUBLIC, Done.CLOSED, code)
                return False
        return True

    def _codes(self, predicate: str) -> list[str]:
        return [last_part(_text(value)).upper() for value in self._values(predicate)]

    def _code(self, property: str, predicate: str, read: Callable[[str, str], str]) -> str:
        given = [text for text in map(_text, self._values(predicate)) if text]
        found = [code for code in (read(property, text) for text in given) if code]
        if len(found) > 1:
            self.reading.findings.add(property, Wrong.MANY, Done.FIRST_KEPT, ", ".join(given), found[0])
        return found[0] if found else ""

    def _moment(self, name: str) -> str:
        for value in self._values(f"{DCT}{name}"):
            if isinstance(value, Literal):
                return self.reading.moment(name, value.value, is_typed=value.datatype.value != XSD_STRING)
        return ""

    def _iri(self, property: str, value: Term) -> str:
        text = "" if _text(value) == self.graph.base else _text(value)
        if isinstance(value, NamedNode) and text.startswith(urljoin(self.graph.base, "www.")):
            text = "www." + text.removeprefix(urljoin(self.graph.base, "www."))  # a host that was taken for a path
        if isinstance(value, Literal) and text.strip() and values.is_address(text):
            self.reading.findings.add(property, Wrong.LITERAL, Done.UNDERSTOOD, text, text)
        return self.reading.address(property, text)

    def _address(self, property: str, node: Node, *predicates: str) -> str:
        given = (self._iri(property, value) for value in self.graph.values(node, *predicates))
        found = [one for one in dict.fromkeys(given) if one]
        if len(found) > 1:
            self.reading.findings.add(property, Wrong.MANY, Done.FIRST_KEPT, ", ".join(found), found[0])
        return found[0] if found else ""

    def _distribution(self, node: Node) -> Distribution | None:
        access = self._address("distribution.accessURL", node, f"{DCAT}accessURL")
        download = self._address("distribution.downloadURL", node, f"{DCAT}downloadURL")
        for service in self.graph.values(node, f"{DCAT}accessService") if not access else ():
            access = access or self._address("distribution.accessService", service, f"{DCAT}endpointURL")  # type: ignore[arg-type]
        if not access and not download:
            self.reading.findings.add("distribution.accessURL", Wrong.MISSING, Done.LEFT_OUT, _text(node))
            return None
        if not access:
            self.reading.findings.add("distribution.accessURL", Wrong.MISSING, Done.DEFAULT_USED, "", download)
        return Distribution(
            access_url=access or download,
            title=self._texts("distribution.title", node, *_TITLE, limit=values.MAX_TITLE),
            download_url=download,
            format=self._format(node),
            media_type=self._media_type(node),
            licence_uri=self._licence(node),
            byte_size=self._size(node),
            sha256=self._sha256(node),
        )

    def _format(self, node: Node) -> str:
        for value in self.graph.values(node, f"{DCT}format"):
            return self.reading.file_type("distribution.format", _text(value) or self._name(value))
        return ""

    def _media_type(self, node: Node) -> str:
        for value in self.graph.values(node, f"{DCAT}mediaType"):
            text = _text(value).split("/media-types/", 1)[-1].strip()
            if 0 < text.count("/") < 2 and " " not in text and len(text) <= 100:
                return text
            wrong = Wrong.UNKNOWN_VALUE if text else Wrong.EMPTY
            self.reading.findings.add("distribution.mediaType", wrong, Done.LEFT_OUT, text)
        return ""

    def _size(self, node: Node) -> int | None:
        for value in self.graph.values(node, f"{DCAT}byteSize"):
            return self.reading.whole_number("distribution.byteSize", _text(value))
        return None

    def _sha256(self, node: Node) -> str:
        for checksum in self.graph.values(node, f"{SPDX}checksum"):
            algorithm = [_text(one).lower() for one in self.graph.values(checksum, f"{SPDX}algorithm")]
            for value in self.graph.values(checksum, f"{SPDX}checksumValue"):
                if any("sha256" in one for one in algorithm) and len(_text(value)) == 64:
                    return _text(value).lower()
        return ""

    def _unused(self) -> list[str]:
        """Name the properties of the record and its distributions that we have no place for."""
        nodes = [self.node, *self._values(f"{DCAT}distribution")]
        names = {name for node in nodes if not isinstance(node, Literal) for name in self.graph.about.get(node, ())}  # type: ignore[arg-type]
        return sorted(names - _READ)


def _text(value: Term) -> str:
    """Return the text of a literal or the address of a resource; nothing for a blank node."""
    return value.value if isinstance(value, NamedNode | Literal) else ""


def _commonest(found: list[str]) -> str:
    """Return the licence that most distributions have."""
    return next((licence for licence, _count in Counter(filter(None, found)).most_common(1)), "")
