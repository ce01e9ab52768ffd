"""What nodes promise: full pages never change, addresses never come to mean something else, and every form is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.base.clock import now
from spiegelstad.catalogue.models import Dataset
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.ldes import keeping, models
from spiegelstad.ldes.actions.datasets import build_dataset
from spiegelstad.ldes.formats.serialising import MEDIA_TYPES
from spiegelstad.ldes.queries import nodes
from spiegelstad.ldes.rules import paging

pytestmark = pytest.mark.django_db
STREAM = "/streams/datasets/trees"
LDES, TREE, SH = "https://w3id.org/ldes#", "https://w3id.org/tree#", "http://www.w3.org/ns/shacl#"
FIRST = {str(number): ("eik", 3.7 + number / 100, 51.05) for number in range(7)}
Rows = dict[str, tuple[str, float, float]]

_steps = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["eik", "es"]), min_size=1, max_size=6),
    min_size=2, max_size=4,
)  # fmt: skip
_slugs = (f"trees-{number}" for number in count())


def _placed(kinds: dict[str, str]) -> Rows:
    return {key: (kind, 3.6 + ord(key) / 50, 51.0) for key, kind in kinds.items()}


@given(steps=_steps)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_full_pages_never_change_and_all_is_told_once(
    steps: list[dict[str, str]], trees: Any, walk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever versions come, a client that follows both views has the present rows, and what it kept stays right."""
    monkeypatch.setattr(paging, "MEMBERS", 3)
    monkeypatch.setattr(paging, "PAGES", 2)
    dataset = type(trees)(trees.tenant_id, next(_slugs)).declare()
    view, kept = f"/streams/datasets/{dataset.slug}", {}
    for kinds in steps:
        dataset.publish(_placed(kinds))
        build_dataset(trees.tenant_id, dataset.slug)
        found = walk(f"{view}/time")
        assert len(set(found.members)) == len(found.members)
        assert _present(found) == kinds
        assert {address: found.nodes[address] for address in kept} == kept
        kept = found.immutable
    assert sorted(walk(f"{view}/place").members) == sorted(found.members)


def _present(found: Any) -> dict[str, str]:
    """Return what a client knows that takes the latest member of each thing."""
    rows: dict[str, str] = {}
    for member in found.members:
        facts = found.facts[member]
        key = facts["http://purl.org/dc/terms/isVersionOf"][0].rpartition("/")[2]
        kind = [values[0] for name, values in facts.items() if name.endswith("#kind")]
        if kind:
            rows[key] = kind[0]
        else:
            rows.pop(key)
    return rows


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_each_form_says_the_same(media_type: str, trees: Any, walk: Callable[..., Any]) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    plain, other = walk(f"{STREAM}/place"), walk(f"{STREAM}/place", media_type)
    assert other.members == plain.members and len(other.members) == 7
    assert {one: {k: sorted(v) for k, v in facts.items()} for one, facts in other.facts.items()} == {
        one: {k: sorted(v) for k, v in facts.items()} for one, facts in plain.facts.items()
    }


def test_full_page_may_be_kept_for_a_year_and_the_open_one_shortly(
    trees: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MEMBERS", 5)
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    branch = models.Page.objects.order_by("number")[0].branch
    numbers = models.Page.objects.filter(branch=branch).order_by("number").values_list("number", flat=True)
    full, open_ = (client.get(f"{STREAM}/time/{branch}/{number}") for number in numbers)
    assert full.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert open_.headers["Cache-Control"] == "public, max-age=30"
    for answer in (full, open_):
        again = client.get(answer.request["PATH_INFO"], headers={"if-none-match": answer.headers["ETag"]})
        assert again.status_code == 304 and again.headers["ETag"] == answer.headers["ETag"]
        assert "Accept" in answer.headers["Vary"] and "Cookie" not in answer.headers["Vary"]
    other = client.get(full.request["PATH_INFO"], headers={"accept": "application/ld+json"})
    assert other.headers["ETag"] != full.headers["ETag"]
    assert client.get(STREAM, headers={"accept": "image/png"}).status_code == 406


def test_etag_differs_when_anything_that_is_told_does(trees: Any, client: Any) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    here = {"accept": "text/turtle"}
    addresses = ("/streams", STREAM, f"{STREAM}/time", f"{STREAM}/place")
    before = {address: client.get(address, headers=here).headers["ETag"] for address in addresses}
    for address in addresses:
        assert client.get(address, headers={**here, "if-none-match": before[address]}).status_code == 304
    Dataset.objects.filter(slug="trees").update(title={"nl": "Alle bomen"})
    for address in addresses:
        again = client.get(address, headers={**here, "if-none-match": before[address]})
        assert again.status_code == 200 and "Alle bomen" in again.content.decode(), address


def test_branch_of_a_past_month_is_closed(trees: Any, client: Any, walk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    assert not walk(f"{STREAM}/time").immutable
    later = now() + timedelta(days=40)
    monkeypatch.setattr("spiegelstad.ldes.queries.nodes.now", lambda: later)
    monkeypatch.setattr("spiegelstad.ldes.actions.appending.now", lambda: later)
    before = walk(f"{STREAM}/time").immutable
    assert len(before) == 2  # the month and its page, although neither is full
    trees.publish({**FIRST, "9": ("es", 3.7, 51.0)})
    build_dataset(trees.tenant_id, "trees")
    after = walk(f"{STREAM}/time")
    assert before.items() <= after.immutable.items() and len(after.members) == 8


def test_branch_that_still_grows_stays_open_when_an_older_one_is_paged_again(
    trees: Any, walk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages of the older one have the higher numbers then."""
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    later = now() + timedelta(days=40)
    monkeypatch.setattr("spiegelstad.ldes.queries.nodes.now", lambda: later)
    monkeypatch.setattr("spiegelstad.ldes.actions.appending.now", lambda: later)
    trees.publish({**FIRST, "1": ("es", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    Dataset.objects.filter(slug="trees").update(retention_days=1)
    assert keeping.apply_retention(trees.tenant_id, later) == 1
    before = walk(f"{STREAM}/time").immutable
    trees.publish({**FIRST, "1": ("es", 3.71, 51.05), "9": ("es", 3.7, 51.0)})
    build_dataset(trees.tenant_id, "trees")
    after = walk(f"{STREAM}/time")
    assert len(before) == 2 and before.items() <= after.immutable.items(), "the past month and its page"
    assert len(after.members) == 8


@pytest.mark.parametrize("statement", ["page", "pages"])
def test_nothing_is_promised_for_ever_that_grows_while_it_is_read(
    trees: Any, reader: Any, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Between two statements of one reading the page fills and a new branch begins: a cache would keep what was read
    first for a year.
    """
    from rdflib import URIRef

    monkeypatch.setattr(paging, "MEMBERS", 2)
    monkeypatch.setattr(paging, "PAGES", 2)
    rows = [dict(list(FIRST.items())[:count]) for count in (1, 6)]
    trees.publish(rows[0])
    build_dataset(trees.tenant_id, "trees")
    page = models.Page.objects.exclude(branch__contains="/").get()
    read, grown = nodes._rows, []

    def grows(name: str, stream: Any, **more: Any) -> Any:
        found = read(name, stream, **more)
        if name == statement and not grown:
            grown.append(True)
            trees.publish(rows[1])
            build_dataset(trees.tenant_id, "trees")
        return found

    monkeypatch.setattr(nodes, "_rows", grows)
    address = f"{STREAM}/time/{page.branch}" + (f"/{page.number}" if statement == "page" else "")
    first, _ = reader(address)
    then, graph = reader(address)
    what = URIRef(TREE + ("member" if statement == "page" else "relation"))
    assert len(set(graph.objects(None, what))) >= 2 and grown
    if "immutable" in first.headers["Cache-Control"]:
        assert first.content == then.content


def test_stream_describes_itself_and_its_members_fit_the_shape(trees: Any, reader: Any, walk: Any) -> None:
    import pyshacl
    from rdflib import URIRef

    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    trees.publish({"1": ("beuk", 3.71, 51.05)})
    build_dataset(trees.tenant_id, "trees")
    _, about = reader(STREAM)
    stream = URIRef(f"http://testserver{STREAM}")
    assert str(about.value(stream, URIRef(f"{LDES}versionOfPath"))) == "http://purl.org/dc/terms/isVersionOf"
    assert str(about.value(stream, URIRef(f"{TREE}view"))) == f"http://testserver{STREAM}/time"
    kind = URIRef("http://testserver/data/trees#kind")
    assert any("number" in str(value) or value for value in about.objects(kind))
    shape = about.value(stream, URIRef(f"{TREE}shape"))
    found = walk(f"{STREAM}/time")
    for address in found.nodes:
        _, page = reader(address)
        for member in page.objects(stream, URIRef(f"{TREE}member")):
            about.add((shape, URIRef(f"{SH}targetNode"), member))
        conforms, _, text = pyshacl.validate(page, shacl_graph=about)
        assert conforms, text


def test_dataset_without_a_key_is_told_version_by_version(tenant: str, walk: Any) -> None:
    make_dataset(tenant)
    make_version(tenant)
    build_dataset(tenant, "bicycle-counts")
    assert build_dataset(tenant, "bicycle-counts") == 0
    found = walk("/streams/datasets/bicycle-counts/time")
    assert found.members == ["http://testserver/data/bicycle-counts/versions/1"]
    assert found.facts[found.members[0]]["http://purl.org/dc/terms/isVersionOf"] == [
        "http://testserver/data/bicycle-counts"
    ]


def test_catalogue_of_streams_names_their_views(trees: Any, reader: Any, client: Any) -> None:
    from rdflib import URIRef

    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    _, found = reader("/streams")
    views = {str(one) for one in found.objects(None, URIRef("http://www.w3.org/ns/dcat#endpointURL"))}
    assert views == {f"http://testserver{STREAM}/time", f"http://testserver{STREAM}/place"}
    page = client.get("/streams", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}).content.decode()
    assert "Bomen" in page and f'href="{STREAM}"' in page


def test_unknown_parts_are_not_there(trees: Any, client: Any) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    for path in ("/streams/datasets/nothing", f"{STREAM}/time/2020-01-999", f"{STREAM}/place/14/1/1",
                 f"{STREAM}/time/nonsense", f"{STREAM}/place/99/1/1/999", "/streams/types/Nothing/time"):  # fmt: skip
        assert client.get(path).status_code == 404, path


def test_nights_work_builds_what_was_missed(trees: Any, walk: Any) -> None:
    trees.publish(FIRST)
    assert keeping.build_all() == 7
    assert keeping.build_all() == 0
    assert [one.members for one in keeping.statuses(trees.tenant_id)] == [7]
    assert len(walk(f"{STREAM}/time").members) == 7


def test_page_and_nodes_ask_the_database_little(
    trees: Any, client: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    branch = models.Page.objects.order_by("number")[0].branch
    with django_assert_max_num_queries(10):
        client.get("/streams", headers={"accept": "text/html"})
    with django_assert_max_num_queries(7):
        client.get(f"{STREAM}/time/{branch}/1")


def _pages_by_time() -> list[models.Page]:
    return [page for page in models.Page.objects.order_by("number") if "/" not in page.branch]


def test_full_page_is_sent_as_it_was_put_together_once(
    trees: Any, client: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    """Its members are not read again; one that was full before pages were put together is sent the same."""
    monkeypatch.setattr(paging, "MEMBERS", 5)
    trees.publish(FIRST)
    build_dataset(trees.tenant_id, "trees")
    full, open_ = _pages_by_time()
    assert full.told is not None and open_.told is None
    address, accept = f"{STREAM}/time/{full.branch}/{full.number}", {"accept": "application/n-quads"}
    with django_assert_max_num_queries(7) as asked:
        sent = client.get(address, headers=accept).content
    assert not any("ldes_member" in query["sql"] for query in asked.captured_queries)
    assert sent.count(b"> <https://w3id.org/tree#member> <") == 5
    models.Page.objects.update(told=None)
    assert client.get(address, headers=accept).content == sent
    trees.publish({**FIRST, "9": ("es", 3.7, 51.0)})
    build_dataset(trees.tenant_id, "trees")
    assert _pages_by_time()[0].told is not None
    assert client.get(address, headers=accept).content == sent
