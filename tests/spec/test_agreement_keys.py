"""A key of an agreement gives what was agreed and nothing else, through every address there is."""

import re
from typing import Any

import pytest
import shapely
from django.test import Client

from spiegelstad.accounts.models import User
from spiegelstad.broker.rules.scope import read_rows
from spiegelstad.broker.testing import make_agreement, make_closed, make_offer, people_table
from tests.spec.addresses import BEFORE_ALL, NOWHERE, PATHS, answer_of

GRANTED = ("district", "age", "geometry")
HIDDEN = re.compile(r"WHO-\d|Wijk[013]|(?<![\d.])77000\d\d(?!\d)|unemployed")
"""What is in columns and rows that were not granted."""


@pytest.fixture
def key(tenant: str, people: Any) -> str:
    table = people_table(80)
    table = table.set_column(0, "who", [[f"WHO-{number}" for number in range(80)]])
    table = table.set_column(1, "district", [[f"Wijk{number % 4}" for number in range(80)]])
    table = table.set_column(4, "income", [[7_700_000.0 + number for number in range(80)]])
    places = [shapely.to_wkb(shapely.Point(3.7 + number / 1_000, 51.05)) for number in range(80)]
    make_closed(tenant, "agreed", table.append_column("geometry", [places]))
    make_offer(people.steward, "agreed", aggregates=None, noisy=None)
    rows = read_rows("district = Wijk2")
    _agreement, secret = make_agreement(
        people.resident, people.steward, per_hour=1_000, slug="agreed", columns=GRANTED, rows=rows
    )
    return secret


def about_it() -> list[str]:
    """Return every address, with the agreed dataset wherever one is named."""
    found = []
    for templates in PATHS.values():
        for template in templates:
            path = re.sub(r"(?:population|places|source|asked|spots)-\{kind\}", "agreed", template)
            found.append(path.format(**NOWHERE))
    return list(dict.fromkeys(found))


TRICKS = (
    "columns=who", "columns=income,age", "who__eq=WHO-1", "district__eq=Wijk1", "district__ne=Wijk2", "sort=-income",
    "group=work&aggregate=count", "aggregate=avg:income", "group=district&aggregate=count", "facets=district,work",
    "q=Wijk1", "q=WHO-1", "income__gt=0", "limit=1000", "bbox=3,50,4,52",
)  # fmt: skip


def test_no_address_gives_a_key_more_than_was_agreed(key: str) -> None:
    client = Client(headers={"authorization": f"Bearer {key}"}, raise_request_exception=False)
    tabular = [f"/data/agreed/rows.{name}" for name in ("json", "csv", "geojson", "parquet")]
    tricks = [f"/data/agreed/rows.json?{trick}" for trick in TRICKS]
    tricks += [
        f"/ogc/collections/agreed/items?{trick}" for trick in ("filter=who='WHO-1'", "district=Wijk1", "limit=999")
    ]
    tricks += [
        "/api/3/action/datastore_search?resource_id=agreed&q=Wijk1",
        "/streams/datasets/agreed",
        "/data/agreed/rows/0",
    ]
    gave = set()
    for path in [*about_it(), *tabular, *tricks, *BEFORE_ALL]:
        answer = answer_of(client.get(path))
        assert answer.status < 500 or answer.status == 503, (
            path,
            answer.text,
        )  # linked data may still be in the making
        asked = re.sub(r"%27", "'", path)
        left = "".join(answer.text.split(path)).replace(asked, "")
        named = set(HIDDEN.findall(path))
        leaks = [found for found in HIDDEN.findall(left) if found not in named]
        assert leaks == [], (path, leaks)
        if "Wijk2" in answer.text and answer.status == 200:
            gave.add(path.split("?")[0])
    assert set(tabular) <= gave, "the walk reads what was granted, so it would find a leak"


@pytest.mark.parametrize("who", ["anonymous", "resident", "neighbour"])
def test_without_the_key_there_is_nothing(key: str, people: Any, who: str) -> None:
    """Not even for who holds the agreement: only its key reads."""
    client = Client(raise_request_exception=False)
    if who != "anonymous":
        client.force_login(User.objects.get(id=getattr(people, who).id.removeprefix("person:")))
    for path in about_it():
        text = answer_of(client.get(path)).text
        assert "Wijk2" not in text and not HIDDEN.findall(text), path
