"""What others made of datasets: sent in by anyone, shown once a steward has looked at it."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput, NotFound, TooMany
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import models
from spiegelstad.catalogue.actions import thing_of
from spiegelstad.catalogue.asking import FORGET_AFTER, FORGET_ANYHOW_AFTER, SEE_DESK
from spiegelstad.catalogue.queries import readable
from spiegelstad.catalogue.vocabulary import ShowcaseState
from spiegelstad.governance.public import Act, Thing, may, record, require

DECIDE = Act("catalogue.decide_showcase", roles=frozenset({Role.STEWARD, Role.ADMINISTRATOR}))
MOST_DATASETS = 20
MOST_WAITING = 200
SHOWN = 200
_HOST = re.compile(r"^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+$", re.IGNORECASE)


class InvalidShowcase(InvalidInput):
    """What was sent in cannot be shown; `detail` says why."""

    title = "This cannot be sent in"


class TooManyShowcases(TooMany):
    """More waits than anybody can look at."""

    title = "Too many are waiting"


class UnknownShowcase(NotFound):
    """There is no such showcase, or not for this steward."""

    title = "No such showcase"


@dataclass(frozen=True, slots=True)
class Used:
    """A dataset that was used, as this reader may see it."""

    slug: str
    title: Localised


@dataclass(frozen=True, slots=True)
class Showcase:
    """What somebody made; `email` is empty but for the steward."""

    id: UUID
    title: str
    url: str
    description: str
    maker: str
    state: str
    sent_at: datetime
    datasets: tuple[Used, ...]
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowcaseIn:
    """What is sent in: `datasets` are slugs, `maker` is shown, `email` is for the steward."""

    title: str
    url: str
    description: str
    maker: str
    datasets: tuple[str, ...]
    email: str = ""


def problem_of_url(url: str) -> str:
    """Say why an address cannot be linked to; empty when it can. It must be on the public web, by a name."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "The address is not right."
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        return "The address must begin with https:// or http://."
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return "The address must have a name, not a number."
    return "" if _HOST.match(host) and port in {None, 80, 443} else "The address must be on the public web."


def send_showcase(*, by: Actor, showcase: ShowcaseIn) -> None:
    """Send in what was made of datasets one may read; a steward looks at it before anybody sees it."""
    if problem := problem_of_url(showcase.url):
        raise InvalidShowcase(problem)
    slugs = tuple(dict.fromkeys(showcase.datasets))
    if not 0 < len(slugs) <= MOST_DATASETS:
        raise InvalidShowcase(f"Name the datasets you used: 1 to {MOST_DATASETS}.")
    with transaction.atomic():
        known = _datasets(by, slugs)
        if missing := [slug for slug in slugs if slug not in known]:
            raise InvalidShowcase(f"There is no dataset {missing[0]!r}.")
        if _waiting(by.tenant_id) >= MOST_WAITING:
            raise TooManyShowcases("Many are waiting already.", remedy="Try again in a few days.")
        models.Showcase.objects.create(
            tenant_id=by.tenant_id, title=showcase.title, url=showcase.url, description=showcase.description,
            maker=showcase.maker, email=showcase.email, datasets=list(slugs), sent_at=now(),
            state=ShowcaseState.WAITING,
        )  # fmt: skip


def decide_showcase(*, by: Actor, showcase_id: UUID, is_shown: bool) -> None:
    """Show it to everyone, or don't: the steward of any of its datasets decides, also later again."""
    with transaction.atomic():
        row = models.Showcase.objects.select_for_update().filter(tenant_id=by.tenant_id, pk=showcase_id).first()
        mine = _mine(by, row) if row else None
        if row is None or mine is None:
            raise UnknownShowcase("There is no such showcase.")
        require(by, DECIDE, thing_of(mine))
        row.state = ShowcaseState.SHOWN if is_shown else ShowcaseState.REFUSED
        row.decided_at = now()
        row.save(update_fields=["state", "decided_at"])
        record(by, DECIDE, thing_of(mine), details={"showcase": str(row.id), "state": row.state})


def showcases(actor: Actor, slug: str = "", *, most: int | None = SHOWN) -> list[Showcase]:
    """Return what is shown, the newest first; of one dataset with `slug`. Closed datasets are not named. `most`: None
    is all."""
    rows = models.Showcase.objects.filter(tenant_id=actor.tenant_id, state=ShowcaseState.SHOWN)
    if slug:
        rows = rows.filter(datasets__contains=[slug])
    found = _records(actor, rows.order_by("-sent_at")[:most])
    return [one for one in found if (slug in {used.slug for used in one.datasets} if slug else one.datasets)]


def showcases_to_decide(actor: Actor, *, most: int | None = SHOWN) -> list[Showcase]:
    """Return what this steward may decide on: what waits first, then what was decided last. `most` of each: None is
    all."""
    require(actor, SEE_DESK, Thing("desk", "showcases", actor.tenant_id))
    rows = models.Showcase.objects.filter(tenant_id=actor.tenant_id)
    waiting = list(rows.filter(state=ShowcaseState.WAITING).order_by("sent_at")[:most])
    done = list(rows.exclude(state=ShowcaseState.WAITING).order_by("-decided_at")[:most])
    known = _datasets(actor, {slug for row in (*waiting, *done) for slug in row.datasets})
    return [_record(row, known, row.email) for row in (*waiting, *done) if _one_of(actor, row, known)]


def forget_senders(*, by: Actor) -> int:
    """Forget e-mail addresses some time after the decision; what was refused, or waits for a year, goes whole."""
    moment = now()
    rows = models.Showcase.objects.filter(tenant_id=by.tenant_id)
    refused = Q(state=ShowcaseState.REFUSED, decided_at__lt=moment - FORGET_AFTER)
    gone, _by_model = rows.filter(
        refused | Q(state=ShowcaseState.WAITING, sent_at__lt=moment - FORGET_ANYHOW_AFTER)
    ).delete()
    return gone + rows.filter(decided_at__lt=moment - FORGET_AFTER).exclude(email="").update(email="")


def _waiting(tenant_id: str) -> int:
    return models.Showcase.objects.filter(tenant_id=tenant_id, state=ShowcaseState.WAITING).count()


def _datasets(actor: Actor, slugs: Iterable[str]) -> dict[str, models.Dataset]:
    rows = models.Dataset.objects.filter(readable(actor), slug__in=set(slugs))
    return {row.slug: row for row in rows}


def _mine(actor: Actor, row: models.Showcase) -> models.Dataset | None:
    return _one_of(actor, row, _datasets(actor, row.datasets))


def _one_of(actor: Actor, row: models.Showcase, known: dict[str, models.Dataset]) -> models.Dataset | None:
    """Return a dataset of the showcase that this actor is the steward of."""
    found = (known[slug] for slug in row.datasets if slug in known)
    return next((dataset for dataset in found if may(actor, DECIDE, thing_of(dataset)).allowed), None)


def _records(actor: Actor, rows: Iterable[models.Showcase]) -> list[Showcase]:
    every: Sequence[models.Showcase] = list(rows)
    known = _datasets(actor, {slug for row in every for slug in row.datasets})
    return [_record(row, known) for row in every]


def _record(row: models.Showcase, known: dict[str, models.Dataset], email: str = "") -> Showcase:
    used = tuple(Used(slug, known[slug].title) for slug in row.datasets if slug in known)
    return Showcase(row.id, row.title, row.url, row.description, row.maker, row.state, row.sent_at, used, email)
