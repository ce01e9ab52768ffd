"""How often each dataset is used: counted by day, way and the purpose that the reader tells. No profile of anybody.

A reader tells the purpose by the header `Data-Purpose` or the parameter `purpose`, with a word of a short list; what is
not on it counts as not told. Kept are numbers alone: no address, account, key or moment.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.counting import Tally
from spiegelstad.governance.public import visible
from spiegelstad.stewardship import models
from spiegelstad.stewardship.vocabulary import Purpose, Way

_SLUG = r"([-a-z0-9]{1,80})"
_ADDRESSES = (
    ("/data/", Way.DOWNLOAD, re.compile(rf"/data/{_SLUG}/(?:versions/\d+|rows|versions/\d+/rows)\.\w+")),
    ("/data/", Way.API, re.compile(rf"/data/{_SLUG}(?:/versions/\d+)?/rows(?:/.+)?")),
    ("/data/", Way.PAGE, re.compile(rf"/data/{_SLUG}(?:/versions/\d+)?")),
    ("/api/datasets/", Way.DOWNLOAD, re.compile(rf"/api/datasets/{_SLUG}/versions/\d+\.\w+")),
    ("/api/datasets/", Way.API, re.compile(rf"/api/datasets/{_SLUG}")),
    ("/ogc/collections/", Way.API, re.compile(rf"/ogc/collections/{_SLUG}/(?:items|tiles)(?:/.+)?")),
    ("/streams/datasets/", Way.API, re.compile(rf"/streams/datasets/{_SLUG}(?:/.+)?")),
)


class Counted(NamedTuple):
    """One more of these."""

    tenant_id: str
    slug: str
    way: Way
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class UseOfDay:
    """How often a dataset was asked for on a day."""

    on: dt.date
    way: Way
    purpose: Purpose
    times: int


def note_use(request: HttpRequest) -> None:
    """Count a successful read, when it is about one dataset."""
    if (asked := asked_of(request.path)) is not None:
        by: Actor = request.actor  # type: ignore[attr-defined]
        tally.note(Counted(by.tenant_id, *asked, purpose_of(request)))


def asked_of(path: str) -> tuple[str, Way] | None:
    """Return which dataset an address is about and how it gives it; None when it is about none, or about many."""
    for start, way, pattern in _ADDRESSES:
        if path.startswith(start) and (found := pattern.fullmatch(path)):
            return found[1], way
    return None


def purpose_of(request: HttpRequest) -> Purpose:
    """Return the purpose that a request tells."""
    told = request.headers.get("Data-Purpose") or request.GET.get("purpose", "")
    return Purpose(told) if told in set(Purpose) else Purpose.NOT_TOLD


def _write(counted: Mapping[Counted, int]) -> None:
    """Add to the counts of today. What is about no dataset is forgotten."""
    today = now().astimezone(BRUSSELS).date()
    columns = [list(column) for column in zip(*counted, strict=True)]
    names = dict(zip(("tenants", "slugs", "ways", "purposes"), columns, strict=True))
    sql.rows(sql.load(__file__, "add_uses"), {**names, "on": today, "times": list(counted.values())})


tally = Tally(_write)


def uses(actor: Actor, slug: str, since: dt.date) -> list[UseOfDay]:
    """Return how often a dataset was used by day, way and purpose, for who may read it. 1 query."""
    rows = models.Use.objects.filter(visible(actor, "dataset__"), dataset__slug=slug, on__gte=since)
    found = rows.order_by("on", "way", "purpose").values_list("on", "way", "purpose", "times")
    return [UseOfDay(on, Way(way), Purpose(purpose), times) for on, way, purpose, times in found]


def by_purpose(found: list[UseOfDay]) -> Counter[tuple[Purpose, Way]]:
    """Return the same without days."""
    total: Counter[tuple[Purpose, Way]] = Counter()
    for one in found:
        total[one.purpose, one.way] += one.times
    return total
