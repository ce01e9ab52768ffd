"""@contexts: making active ones of what a request gives, and adding, forgetting and reloading stored ones (5.13)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urljoin

import orjson
from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions import context_store
from spiegelstad.context.errors import BadRequestData, LdContextNotAvailable, ResourceNotFound
from spiegelstad.context.models import JsonldContext
from spiegelstad.context.queries.contexts import stored_context
from spiegelstad.context.rules.acts import MANAGE_CONTEXTS
from spiegelstad.context.rules.terms import CORE, Context, InvalidContext, context_of
from spiegelstad.context.vocabulary import CORE_URL, VERSIONS, core_context, is_core_url
from spiegelstad.governance.public import Thing, record, require

FRESH_S = 60.0  # how long an active @context with addresses in it is used before the store is asked again
MAX_TERMS_HELD = 400_000
MAX_PARTS = 50
MAX_NESTING = 10
MAX_URL_BYTES = 2_000  # an index of the database takes no longer ones

Part = Mapping[str, Any] | None
Key = tuple[str, str | bytes, bool]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An active @context, with the stored ones it was made of."""

    context: Context
    rows: Sequence[int] = ()


class _Active:
    """The active @contexts of this process, so that none is expanded twice. The least used go first."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.held: OrderedDict[Key, tuple[_Entry, float]] = OrderedDict()
        self.terms = 0

    def get(self, key: Key) -> _Entry | None:
        with self.lock:
            found = self.held.get(key)
            if found is None or found[1] < time.monotonic():
                return None
            self.held.move_to_end(key)
            return found[0]

    def put(self, key: Key, entry: _Entry, seconds: float) -> None:
        with self.lock:
            self._drop(key)
            self.held[key] = (entry, time.monotonic() + seconds)
            self.terms += entry.context.size
            while self.terms > MAX_TERMS_HELD and len(self.held) > 1:
                self._drop(next(iter(self.held)))

    def _drop(self, key: Key) -> None:
        old = self.held.pop(key, None)
        if old is not None:
            self.terms -= old[0].context.size

    def clear(self) -> None:
        with self.lock:
            self.held.clear()
            self.terms = 0


_active = _Active()


def load_context(*, by: Actor, given: Any) -> Context:
    """Return the active @context of an address, an object, or a list of these.

    BadRequestData when it is not an @context; LdContextNotAvailable when a remote one cannot be got or is not valid.
    """
    return _loaded(by.tenant_id, given, however_old=False)


def kept_context(*, by: Actor, given: Any) -> Context:
    """Return the @context of what was made with it before, as it is kept here: nobody waits for a server that is away.

    What has expired or was deleted since will do; only what isn't kept at all is fetched. The errors of `load_context`.
    """
    return _loaded(by.tenant_id, given, however_old=True)


def _loaded(tenant_id: str, given: Any, *, however_old: bool) -> Context:
    if given == CORE_URL:
        return CORE
    key = (tenant_id, given if isinstance(given, str) else orjson.dumps(given), however_old)
    found = _active.get(key)
    if found is None:
        found = _made(tenant_id, given, however_old=however_old)
        _active.put(key, found, FRESH_S if found.rows else float("inf"))
    elif found.rows:
        context_store.count_hits(found.rows)
    return found.context


def address_of(*, by: Actor, context: Context) -> str:
    """Return where an @context can be got: its address elsewhere, or a path here, under which it is kept henceforth."""
    key = (by.tenant_id, context.url, False)
    if context.url.startswith("/") and not _active.get(key):
        context_store.keep_implicit(by.tenant_id, context.source)
        _active.put(key, _Entry(context), FRESH_S)
    return context.url


def add_context(*, by: Actor, body: Any) -> str:
    """Host an @context (5.13.2) and return its local id; BadRequestData when it is not one.

    What it refers to elsewhere need not be within reach now.
    """
    require(by, MANAGE_CONTEXTS, Thing("context", "", by.tenant_id))
    with suppress(LdContextNotAvailable):
        _made(by.tenant_id, body)
    with transaction.atomic():
        held = context_store.add_hosted(by.tenant_id, body)
        record(by, MANAGE_CONTEXTS, Thing("context", held.local_id, by.tenant_id), details={"did": "add"})
    return held.local_id


def delete_context(*, by: Actor, local_id: str) -> None:
    """Forget a stored @context (5.13.5), named by its local id, or a copy by its address. ResourceNotFound."""
    held = _managed(by, local_id)
    with transaction.atomic():
        context_store.forget(held)
        record(by, MANAGE_CONTEXTS, Thing("context", held.local_id, by.tenant_id), details={"did": "delete"})
    _active.clear()


def reload_context(*, by: Actor, local_id: str) -> None:
    """Fetch the copy of a remote @context anew (5.13.5); LdContextNotAvailable leaves the old one."""
    held = _managed(by, local_id)
    if held.kind != context_store.CACHED:
        raise BadRequestData(f"Only what is cached can be reloaded; this one is {held.kind}.")
    answer = context_store.fetched(held.url, again=True)
    _check_new(held, answer.body)
    context_store.keep_remote(by.tenant_id, held.url, answer)
    _active.clear()


def forget_active() -> None:
    """Forget what this process knows of @contexts, so that the store is asked again."""
    _active.clear()
    context_store.forget_failures()


def _managed(by: Actor, local_id: str) -> JsonldContext:
    require(by, MANAGE_CONTEXTS, Thing("context", local_id, by.tenant_id))
    held = stored_context(by, local_id)
    if held is None:
        raise ResourceNotFound(f"There is no @context {local_id!r} here.")
    return held


def _made(tenant_id: str, given: Any, *, however_old: bool = False) -> _Entry:
    context_store.write_hits()
    if given is None:
        raise BadRequestData("The @context is null.")
    items = [item for item in (given if isinstance(given, list) else [given]) if not _is_core(item)]
    if not items:
        return _Entry(CORE)
    resolver = _Resolver(tenant_id, however_old=however_old)
    try:
        parts = list(resolver.parts(items))
        source = [*items, CORE_URL]
        one = len(items) == 1 and isinstance(items[0], str)
        url = items[0] if one else context_store.implicit_path(source)
        return _Entry(context_of(parts, source, url), resolver.rows)
    except (InvalidContext, LdContextNotAvailable) as error:
        if all(isinstance(item, str) for item in items):
            context_store.expire(resolver.rows)  # whoever hosts them may mend them any moment
        raise error if isinstance(error, LdContextNotAvailable) else BadRequestData(str(error)) from None


def _check_new(held: JsonldContext, body: Any) -> None:
    """Refuse what would not do in the place of a copy: LdContextNotAvailable."""
    try:
        context_of(_Resolver(held.tenant_id, however_old=True).parts(body, held.url, (held.url,)), [], held.url)
    except InvalidContext as error:
        raise LdContextNotAvailable(f"The @context at {held.url} is not valid any more: {error}") from None


def _is_core(item: Any) -> bool:
    return isinstance(item, str) and is_core_url(item)


class _Resolver:
    """Replaces the addresses in an @context by what is there."""

    def __init__(self, tenant_id: str, *, however_old: bool = False) -> None:
        self.tenant_id = tenant_id
        self.however_old = however_old
        self.count = 0
        self.rows: list[int] = []

    def parts(self, given: Any, base: str = "", trail: tuple[str, ...] = ()) -> Iterator[Part]:
        """Yield the maps of an @context in their order; `base` is where it was found, `trail` by which addresses."""
        self.count += 1
        if self.count > MAX_PARTS:
            raise InvalidContext(f"The @context has more than {MAX_PARTS} parts.")
        match given:
            case None:
                yield None
            case str():
                yield from self._remote(urljoin(base, given), trail)
            case list():
                for item in given:
                    yield from self.parts(item, base, trail)
            case dict():
                if "@import" in given:
                    yield from self._remote(urljoin(base, str(given["@import"])), trail)
                yield given
            case _:
                raise InvalidContext("The @context is neither an address nor an object, nor a list of these.")

    def _remote(self, url: str, trail: tuple[str, ...]) -> Iterator[Part]:
        if is_core_url(url):
            yield from (core_context(version) for version in VERSIONS if f"-v{version}." in url)
            return
        if not url.startswith(("http://", "https://")):
            raise InvalidContext(f"{url[:200]!r} in the @context is no address.")
        if len(url.encode()) > MAX_URL_BYTES:
            raise InvalidContext(f"An address in the @context is longer than {MAX_URL_BYTES} bytes: {url[:100]!r}….")
        if url in trail or len(trail) >= MAX_NESTING:
            raise LdContextNotAvailable(f"The @context at {url} refers to itself, or too deeply.")
        held = context_store.held_at(self.tenant_id, url, _check_new, however_old=self.however_old)
        self.rows.append(held.pk)
        try:
            yield from self.parts(held.body, url, (*trail, url))
        except InvalidContext as error:
            raise LdContextNotAvailable(f"The @context at {url} is not valid: {error}") from None
