"""The @contexts this installation keeps: hosted ones, copies of remote ones, and those made of a request."""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from threading import BoundedSemaphore, Lock
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import orjson
from django.db import IntegrityError, transaction
from django.db.models import F

from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.ids import new_id
from spiegelstad.base.outgoing import Response, fetch
from spiegelstad.context.errors import LdContextNotAvailable
from spiegelstad.context.formats.remote_contexts import NoContext, alternate_of, context_in, expiry
from spiegelstad.context.models import JsonldContext, Subscription

PATH = "/ngsi-ld/v1/jsonldContexts/"
HOSTED, CACHED, IMPLICIT = "Hosted", "Cached", "ImplicitlyCreated"
KINDS = (CACHED, HOSTED, IMPLICIT)
FORGOTTEN = "Forgotten"  # deleted by a client: nothing but what was made with it still finds it
MAX_KEPT = 2_000  # of a city, besides the hosted ones: the least used go
MAX_BYTES = 2 * 1024 * 1024
PATIENCE_S = 5.0
FAILED_S = 30.0  # how long an address that failed isn't tried again
FETCHES_AT_ONCE = 4  # of one process: whoever names slow addresses must not take all its threads
_slots = BoundedSemaphore(FETCHES_AT_ONCE)
_lock = Lock()
_failed: dict[str, tuple[float, LdContextNotAvailable]] = {}
_hits: Counter[int] = Counter()
logger = logging.getLogger("spiegelstad.context")


class Fetched(NamedTuple):
    """A remote @context, and the headers it came with."""

    body: Any
    headers: Mapping[str, str]


def held_at(
    tenant_id: str, url: str, check: Callable[[JsonldContext, Any], None], *, however_old: bool = False
) -> JsonldContext:
    """Return the @context at an address: hosted here, kept, or fetched now. LdContextNotAvailable.

    `check` refuses what must not take the place of a copy; `however_old`: what is kept will do, expired or deleted.
    """
    held = _hosted(tenant_id, url) or JsonldContext.objects.filter(tenant_id=tenant_id, url=url).first()
    if held is None or (held.kind == FORGOTTEN and not however_old):
        return keep_remote(tenant_id, url, fetched(url))
    count_hits([held.pk])
    has_expired = held.expires_at is not None and held.expires_at <= now()
    return _renewed(held, check) if has_expired and not however_old else held


def add_hosted(tenant_id: str, body: Any) -> JsonldContext:
    """Keep an @context that a client wants served from here."""
    local_id = f"urn:ngsi-ld:context:{new_id()}"
    return JsonldContext.objects.create(
        tenant_id=tenant_id, local_id=local_id, url=PATH + local_id, kind=HOSTED, body=body, created_at=now()
    )


def implicit_path(source: Any) -> str:
    """Return the path of an @context made of a request: the same for the same content."""
    return f"{PATH}urn:ngsi-ld:context:{hashlib.sha256(orjson.dumps(source)).hexdigest()}"


def keep_implicit(tenant_id: str, source: Any) -> None:
    """Keep an @context made of a request, so that its address can be given to others."""
    path = implicit_path(source)
    held, made = JsonldContext.objects.get_or_create(
        tenant_id=tenant_id,
        local_id=path.removeprefix(PATH),
        defaults={"url": path, "kind": IMPLICIT, "body": source, "created_at": now()},
    )
    if made:
        _evict(tenant_id, held)
    elif held.kind == FORGOTTEN:
        JsonldContext.objects.filter(pk=held.pk).update(kind=IMPLICIT, created_at=now())


def forget(held: JsonldContext) -> None:
    """Let go of one. Where there are subscriptions its text stays, for those that were made with it."""
    if Subscription.objects.filter(tenant_id=held.tenant_id).exists():
        held.kind, held.hits, held.last_usage_at = FORGOTTEN, 0, None
        held.save(update_fields=["kind", "hits", "last_usage_at"])
        _evict(held.tenant_id, held)
    else:
        held.delete()


def expire(rows: Iterable[int]) -> None:
    """Let copies that are of no use be fetched anew at the next use."""
    JsonldContext.objects.filter(pk__in=rows, kind=CACHED).update(expires_at=now())


def write_hits() -> None:
    """Write how often each was used since the last time; in the order of their numbers, as everybody locks them."""
    with _lock:
        counted = sorted(_hits.items())
        _hits.clear()
    for pk, hits in counted:
        JsonldContext.objects.filter(pk=pk).update(hits=F("hits") + hits, last_usage_at=now())


def count_hits(rows: Iterable[int]) -> None:
    """Count that these were used."""
    with _lock:
        _hits.update(rows)


def forget_failures() -> None:
    """Try every address again."""
    _failed.clear()


def _hosted(tenant_id: str, url: str) -> JsonldContext | None:
    """Return the @context that an address of this kind names when it is one of ours, whatever the name of our host."""
    path = urlsplit(url).path
    if not path.startswith(PATH):
        return None
    return JsonldContext.objects.filter(tenant_id=tenant_id, local_id=path.removeprefix(PATH)).first()


def _renewed(held: JsonldContext, check: Callable[[JsonldContext, Any], None]) -> JsonldContext:
    """Fetch anew what has expired; while its server answers nothing that will do, the old one is better than none."""
    try:
        answer = fetched(held.url)
        check(held, answer.body)
        return keep_remote(held.tenant_id, held.url, answer)
    except LdContextNotAvailable as error:
        logger.warning("an expired @context stays in use: %s", error)
        return held


def keep_remote(tenant_id: str, url: str, answer: Fetched) -> JsonldContext:
    """Keep what was fetched, in place of what was kept of that address."""
    moment = now()
    fresh = {"body": answer.body, "expires_at": expiry(answer.headers, moment), "created_at": moment, "kind": CACHED}
    local_id = f"urn:ngsi-ld:context:{new_id()}"
    try:
        with transaction.atomic():
            held, made = JsonldContext.objects.update_or_create(
                tenant_id=tenant_id, url=url, defaults=fresh, create_defaults={**fresh, "local_id": local_id}
            )
    except IntegrityError:  # another process was first
        return JsonldContext.objects.get(tenant_id=tenant_id, url=url)
    if made:
        _evict(tenant_id, held)
    return held


def _evict(tenant_id: str, made: JsonldContext) -> None:
    """Let the least used go when there are too many, but not the one just made (or deleted): nobody used it so far."""
    kept = JsonldContext.objects.filter(tenant_id=tenant_id).exclude(kind=HOSTED)
    if kept.count() > MAX_KEPT:
        newest = kept.order_by(F("last_usage_at").desc(nulls_last=True), "-created_at")[: MAX_KEPT * 9 // 10]
        kept.exclude(pk__in=[made.pk, *newest.values_list("pk", flat=True)]).delete()


def fetched(url: str, *, again: bool = False) -> Fetched:
    """Fetch a remote @context; an address that just failed fails at once, unless it is to be tried `again`."""
    until, error = _failed.get(url, (0.0, None))
    if error is not None and time.monotonic() < until and not again:
        raise LdContextNotAvailable(error.detail, remedy=error.remedy)
    try:
        return _fetch(url)
    except LdContextNotAvailable as failure:
        if len(_failed) > MAX_KEPT:
            _failed.clear()
        _failed[url] = (time.monotonic() + FAILED_S, failure)
        raise


def _fetch(url: str) -> Fetched:
    if not _slots.acquire(timeout=PATIENCE_S):
        raise LdContextNotAvailable("Too many @contexts are being fetched just now.", remedy="Try again.")
    try:
        response = _get(url)
        if (other := alternate_of(response.headers)) is not None:
            response = _get(urljoin(response.url, other))
        if response.status != 200:
            raise LdContextNotAvailable(f"The server of {url} answers {response.status}.")
        return Fetched(context_in(response.body), response.headers)
    except NoContext as error:
        raise LdContextNotAvailable(f"What is at {url} is no @context: {error}.") from None
    except LdContextNotAvailable:
        raise
    except SpiegelstadError as error:
        raise LdContextNotAvailable(f"{url} cannot be got: {error.detail}", remedy=error.remedy) from error
    finally:
        _slots.release()


def _get(url: str) -> Response:
    accepted = {"Accept": "application/ld+json, application/json;q=0.9"}
    return fetch(url, accepted, timeout_s=PATIENCE_S, limit_bytes=MAX_BYTES)
