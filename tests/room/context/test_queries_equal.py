"""SQL finds what the reference finds: random entities, random queries."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.models import Entity
from spiegelstad.context.queries import entities, placed
from spiegelstad.context.rules.documents import Document, time_of, time_text
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import GeoQuery
from spiegelstad.context.rules.merging import alive
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.placing import place_of
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.reference import matches
from spiegelstad.context.rules.scopes import parse_scopes
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.rules.types import parse_types
from spiegelstad.context.vocabulary import LOCATION

NO_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
EXAMPLES = settings(
    max_examples=25,
    phases=NO_SHRINKING,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
IDS = [f"urn:ngsi-ld:T:{number}" for number in range(6)]
NAMES = ["a", "b", "c"]
TIMES = ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.500000Z", "2026-06-01T12:00:00.000000Z"]
PAST, FAR = TIMES[0], "2999-01-01T00:00:00.000000Z"
TEXTS = [
    "x", "xy", "é", "Éa", "a.b", "", 'q"\\', "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z",
    "2026-02-30T00:00:00Z", "2026-01-01T00:00:00.000Z", "12:00:00Z", "12:00:00.25Z", "http://example.org/red", IDS[0],
]  # fmt: skip
scalars = st.sampled_from([1, 2, 2.0, 2.5, -1, 1e20, True, False, *TEXTS])
values = st.one_of(
    scalars,
    scalars,
    st.lists(scalars, max_size=3),
    st.just(None),
    st.dictionaries(
        st.sampled_from(["m", "n", "@value"]), st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=2
    ),
    st.fixed_dictionaries({"m": st.fixed_dictionaries({"n": scalars})}),
    st.lists(st.fixed_dictionaries({"m": scalars}), max_size=2),
)
languages = st.sampled_from(["en", "nl", "@none"])
stamps = st.fixed_dictionaries(
    {"createdAt": st.sampled_from(TIMES)},
    optional={
        "observedAt": st.sampled_from(TIMES),
        "unitCode": st.sampled_from(["CEL", "x"]),
        "expiresAt": st.sampled_from([PAST, FAR, FAR]),
    },
)


def instances(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Make instances of every type of attribute."""
    uris = st.one_of(st.sampled_from(IDS), st.lists(st.sampled_from(IDS), max_size=3))
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"type": st.just("Property"), "value": values}),
        st.fixed_dictionaries({"type": st.just("Property"), "value": values}),
        st.fixed_dictionaries({"type": st.just("JsonProperty"), "json": values}),
        st.fixed_dictionaries({"type": st.just("ListProperty"), "valueList": st.lists(values, max_size=3)}),
        st.fixed_dictionaries(
            {"type": st.just("Relationship"), "object": uris},
            optional={"objectType": st.just(["https://uri.etsi.org/ngsi-ld/default-context/T"])},
        ),
        st.fixed_dictionaries(
            {"type": st.just("ListRelationship"), "objectList": st.lists(st.sampled_from(IDS), max_size=3)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("VocabProperty"), "vocab": st.sampled_from([TEXTS[-2], [TEXTS[-2], "http://x/y"]])}
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("LanguageProperty"),
                "languageMap": st.dictionaries(
                    languages,
                    st.one_of(st.sampled_from(TEXTS), st.lists(st.sampled_from(TEXTS), max_size=2)),
                    max_size=2,
                ),
            }
        ),
    ]
    plain = st.builds(lambda one, stamp: {**one, **stamp}, st.one_of(kinds), stamps)
    if not depth:
        return plain
    return st.builds(lambda one, subs: {**one, "attributes": subs} if subs else one, plain, attributes(depth - 1))


def attributes(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Make attributes, some with several instances."""
    several = st.dictionaries(st.sampled_from(["", "urn:d:1", "urn:d:2"]), instances(depth), min_size=1, max_size=2)
    return st.dictionaries(st.sampled_from([CORE.expand(name) for name in NAMES]), several, max_size=3)


coordinates = st.tuples(
    st.sampled_from([-179.9, 179.95, 3.70, 3.71, 3.72, 3.725, 3.74]),
    st.sampled_from([51.0, 51.01, 51.02, 51.035, 89.99]),
).map(list)
rings = st.sampled_from(
    [
        [[[3.70, 51.0], [3.72, 51.0], [3.72, 51.02], [3.70, 51.02], [3.70, 51.0]]],
        [[[3.71, 51.01], [3.74, 51.0], [3.74, 51.035], [3.71, 51.01]]],
        [[[3.70, 51.0], [3.72, 51.02], [3.72, 51.0], [3.70, 51.02], [3.70, 51.0]]],
    ]
)
geometries = st.one_of(
    st.builds(lambda point: {"type": "Point", "coordinates": point}, coordinates),
    st.builds(lambda point: {"type": "Point", "coordinates": point}, coordinates),
    st.builds(lambda line: {"type": "LineString", "coordinates": line}, st.lists(coordinates, min_size=2, max_size=3)),
    st.builds(lambda line: {"type": "MultiPoint", "coordinates": line}, st.lists(coordinates, min_size=1, max_size=3)),
    st.builds(lambda ring: {"type": "Polygon", "coordinates": ring}, rings),
)
places = st.dictionaries(
    st.sampled_from(["", "", "urn:d:1"]),
    st.builds(lambda one: {"type": "GeoProperty", "value": one}, geometries),
    max_size=2,
)


def _document(id_: str, parts: tuple[list[str], list[str], Any, Any, str]) -> Document:
    types, scopes, found, place, time = parts
    placed = {**found, LOCATION: place, CORE.expand("observationSpace"): place} if place else found
    return Document(id_, [CORE.expand(name) for name in types], scopes, placed, time, TIMES[1], None)


def documents() -> st.SearchStrategy[list[Document]]:
    """Make the entities of a city."""
    one = st.tuples(
        st.lists(st.sampled_from(["T", "U", "V"]), min_size=1, max_size=2, unique=True),
        st.lists(st.sampled_from(["/A", "/A/B", "/A/B/C", "/D/B", "D"]), max_size=2, unique=True),
        attributes(1),
        places,
        st.sampled_from(TIMES),
    )
    return st.lists(one, min_size=len(IDS), max_size=len(IDS)).map(
        lambda found: [_document(id_, rest) for id_, rest in zip(IDS, found, strict=True)]
    )


def _is_read(text: str) -> bool:
    """Leave out ranges from an empty text to a time, which are refused for members that are times."""
    try:
        parse_q(text, CORE)
    except BadRequestData:
        return False
    return True


quoted = st.sampled_from(TEXTS[:6] + TEXTS[7:9] + TEXTS[-2:]).map(lambda text: f'"{text}"')
moments = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00,5Z"])
dates = st.sampled_from(["2026-01-01", "2025-12-31"])
clocks = st.sampled_from(["12:00:00Z", "12:00:00.25Z"])
numbers = st.sampled_from(["1", "2", "2.0", "2.5", "-1", "1e20"])
uris = st.sampled_from([IDS[0], IDS[1], "http://example.org/red"])
ordinals = st.one_of(numbers, quoted, moments, dates, clocks)
literals = st.one_of(ordinals, st.sampled_from(["true", "false"]), uris)
ranges = st.one_of([st.tuples(kind, kind).map("..".join) for kind in (numbers, quoted, moments, dates, clocks)])
patterns = st.sampled_from(["^x", "y$", "[[:digit:]]+", "(a|b)", "(?i)éA", "a.b", "a\\.b", "^$", "\\d{4}-", '"[^x]"'])
names = st.sampled_from(NAMES)
paths = st.one_of(
    names,
    names,
    st.tuples(names, names).map(".".join),
    st.tuples(names, st.sampled_from(["observedAt", "unitCode", "createdAt", "objectType"])).map(".".join),
    st.tuples(names, st.sampled_from(["[m]", "[m.n]", "[en]", "[*]", "[n]"])).map("".join),
    st.sampled_from(["createdAt", "modifiedAt", "expiresAt"]),
    st.tuples(names, st.sampled_from(["{%s}", "{T:%s}", "{T,U:%s}", "{b{%s}}"]), names).map(
        lambda p: p[0] + p[1] % p[2]
    ),
)
terms = st.one_of(
    paths,
    st.tuples(
        paths, st.sampled_from(["==", "!="]), st.one_of(literals, ranges, st.tuples(literals, literals).map(",".join))
    ).map("".join),
    st.tuples(paths, st.sampled_from(["==", "!="]), literals).map("".join),
    st.tuples(paths, st.sampled_from([">", ">=", "<", "<="]), ordinals).map("".join),
    st.tuples(paths, st.sampled_from(["~=", "!~="]), patterns).map("".join),
)
queries = st.recursive(
    terms,
    lambda inner: st.tuples(inner, st.sampled_from([";", "|"]), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
    max_leaves=4,
).filter(_is_read)
selectors = st.builds(
    Selector,
    st.sampled_from([(), (IDS[0], IDS[3]), ("urn:none",)]),
    st.sampled_from([None, pattern(":[0-2]$"), pattern("(?i)t:5")]),
    st.sampled_from(["T", "T|U", "(T;U)", "(T;U),V", "*", "T,V"]).map(lambda text: parse_types(text, CORE)) | st.none(),
)
relations = st.sampled_from(["within", "contains", "intersects", "equals", "disjoint", "overlaps", "max", "min"])
geo_queries = st.builds(
    GeoQuery,
    relations,
    geometries,
    st.sampled_from([LOCATION, CORE.expand("observationSpace")]),
    st.sampled_from([1.0, 1_500.0, 20_000.0, 9_000_000.0]),
)
scope_queries = st.sampled_from(["/A", "/A/#", "/A/+", "/+/B", "/#", "(/A;/D/B)", "/A/B,D", "/A/+/C|/D/#"]).map(
    parse_scopes
)


@pytest.fixture
def steward(tenant: str) -> Actor:
    """Return somebody who reads all."""
    return Actor.system(tenant, "tests")


def agreed(actor: Actor, found: list[Document], asked: list[EntityQuery]) -> None:
    """Store the entities, ask, compare, and forget them."""
    by_id = {document.id: alive(document, time_text(now())) for document in found}
    with transaction.atomic():
        Entity.objects.bulk_create(_row(actor.tenant_id, document) for document in found)
        for query in asked:
            expected = [id_ for id_, document in by_id.items() if matches(document, query, by_id.get)]
            assert entities.ids(actor, query) == expected, query
            page = entities.find(actor, _counted(query))
            assert ([one.id for one in page.documents], page.count) == (expected, len(expected))
            if query is asked[0]:
                assert _paged(actor, replace(query, limit=2)) == expected, query
        transaction.set_rollback(True)


def _counted(query: EntityQuery) -> EntityQuery:
    return EntityQuery(query.selectors, query.attrs, query.q, query.scope_q, query.geo, count=True)


def _row(tenant: str, document: Document) -> Entity:
    place = place_of(document.attributes)
    return Entity(
        tenant_id=tenant, id=document.id, types=document.types, scopes=document.scopes, attributes=document.attributes,
        lon=place.lon, lat=place.lat, box=place.box,
        created_at=time_of(document.created_at), modified_at=time_of(document.modified_at),
    )  # fmt: skip


@EXAMPLES
@given(documents(), st.lists(queries, min_size=12, max_size=12))
def test_q_means_the_same_in_sql(steward: Actor, found: list[Document], asked: list[str]) -> None:
    agreed(steward, found, [EntityQuery(q=parse_q(text, CORE)) for text in asked])


@EXAMPLES
@given(documents(), st.lists(geo_queries, min_size=8, max_size=8))
def test_geo_queries_mean_the_same_in_sql(steward: Actor, found: list[Document], asked: list[GeoQuery]) -> None:
    agreed(steward, found, [EntityQuery(geo=geo) for geo in asked])


@EXAMPLES
@given(documents(), st.lists(geo_queries, min_size=4, max_size=4))
def test_pages_of_a_crowded_place_hold_each_entity_once(
    steward: Actor, monkeypatch: pytest.MonkeyPatch, found: list[Document], asked: list[GeoQuery]
) -> None:
    """A city of six is walked as one of a million is."""
    monkeypatch.setattr(placed, "MANY", 2)
    monkeypatch.setattr(placed, "WALKED", 5)
    with transaction.atomic():
        Entity.objects.bulk_create(_row(steward.tenant_id, document) for document in found)
        for geo in asked:
            expected = [document.id for document in found if matches(document, EntityQuery(geo=geo))]
            assert _paged(steward, EntityQuery(geo=geo, limit=2)) == expected, geo
            assert entities.find(steward, EntityQuery(geo=geo, limit=2, offset=1)).documents == [
                *entities.find(steward, EntityQuery(geo=geo)).documents[1:3]
            ]
        transaction.set_rollback(True)


def _paged(actor: Actor, query: EntityQuery) -> list[str]:
    """Go through the pages, there and back."""
    pages = [entities.find(actor, query)]
    while pages[-1].more:
        pages.append(entities.find(actor, replace(query, after=pages[-1].documents[-1].id)))
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = entities.find(actor, replace(query, before=back.documents[0].id))
        assert back.documents == page.documents
    return [document.id for page in pages for document in page.documents]


@EXAMPLES
@given(
    documents(),
    st.lists(
        st.builds(
            EntityQuery,
            st.lists(selectors, max_size=2).map(tuple),
            st.sampled_from([(), (CORE.expand("a"),), (CORE.expand("a"), CORE.expand("b"))]),
            st.none() | queries.map(lambda text: parse_q(text, CORE)),
            st.none() | scope_queries,
            st.none() | geo_queries,
        ),
        min_size=8,
        max_size=8,
    ),
)
def test_whole_queries_mean_the_same_in_sql(steward: Actor, found: list[Document], asked: list[EntityQuery]) -> None:
    agreed(steward, found, asked)
