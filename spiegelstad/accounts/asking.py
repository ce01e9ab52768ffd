"""Who asks a machine interface, and in which city: one prepared statement for every request of a machine."""

import hmac
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson

from spiegelstad.accounts.models import ApiKey
from spiegelstad.accounts.queries import NoCity
from spiegelstad.accounts.rules import KEY_FORMAT, Actor, key_digest
from spiegelstad.accounts.vocabulary import ActorKind
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import NotSignedIn

_ASK = """
SELECT k.id, k.tenant_id, k.name, k.digest, to_json(k.scopes),
    k.revoked_at IS NULL AND k.expires_at > clock_timestamp(), k.last_used_on, t.id, t.settings{columns}
FROM (SELECT) AS one
LEFT JOIN accounts_apikey k ON k.id = %(key)s::uuid
LEFT JOIN LATERAL (
    SELECT id, settings FROM accounts_tenant
    WHERE id = coalesce(%(city)s, k.tenant_id) OR coalesce(%(city)s, k.tenant_id) IS NULL
    ORDER BY host = %(host)s AND host <> '' DESC, created_at LIMIT 1
) t ON true{beside}"""
_SCHEME = "bearer "
_KEY, _CITY = 7, 9  # how many columns tell of the key, and of both
_BESIDE = "\nLEFT JOIN LATERAL ({beside}) b ON true"


class UnknownKey(NotSignedIn):
    """The API key does not exist, has expired or was revoked; which of these is not told."""


class City(NamedTuple):
    """The city asked, as far as machines need it."""

    id: str
    settings: dict[str, Any]


class Asked(NamedTuple):
    """Who asks; the city asked, None when there is none of the name given; what was to be told beside."""

    actor: Actor
    city: City | None
    beside: Sequence[bytes | None]


@cache
def _statement(beside: str) -> str:
    return _ASK.format(columns=", b.*" if beside else "", beside=_BESIDE.format(beside=beside) if beside else "")


def who_asks(
    authorization: str,
    *,
    city: str | None = None,
    host: str = "",
    beside: str = "",
    params: Mapping[str, str | None] | None = None,
) -> Asked:
    """Return who sends a header `Authorization: Bearer <key>` (anonymous without), and the city: the one named, else
    that of the key, else that of the host, else the first.

    `beside`: a SELECT of at most one row, with `params`, about the city `t.id`, answered in the same round trip, as
    texts of the database. It tells nothing of who may know it. UnknownKey when the key is not valid now; NoCity when
    there is none at all.
    """
    key_id, secret = _parts(authorization)
    [row] = sql.texts(_statement(beside), {"key": key_id, "city": city, "host": host, **(params or {})})
    id_, settings = row[_KEY:_CITY]
    found = City(id_.decode(), orjson.loads(settings or b"{}")) if id_ is not None else None
    if secret is not None:
        actor = _actor(row[:_KEY], secret)
    elif found is not None:
        actor = Actor.anonymous(found.id)
    elif city is None:
        raise NoCity("No city has been set up here yet.", remedy="Run `spiegelstad demo`.")
    else:
        actor = Actor.anonymous(city)
    return Asked(actor, found, row[_CITY:])


def sends_key(authorization: str) -> bool:
    """Whether a header names who asks by a key. The name of a scheme may be in capitals or not (RFC 9110)."""
    return authorization[: len(_SCHEME)].lower() == _SCHEME


def actor_of_key(key: str) -> Actor:
    """Return who a key speaks for; `UnknownKey` when it is not valid now."""
    return who_asks(f"Bearer {key}").actor


def _parts(authorization: str) -> tuple[str | None, str | None]:
    if not sends_key(authorization):
        return None, None
    match = KEY_FORMAT.match(authorization[len(_SCHEME) :].strip())
    return (match[1], match[2]) if match else (None, "")


def _actor(row: Sequence[bytes | None], secret: str) -> Actor:
    id_, tenant_id, name, digest, scopes, is_valid, last_used_on = ((part or b"").decode() for part in row)
    if is_valid != "t" or not hmac.compare_digest(digest, key_digest(secret)):
        raise UnknownKey("This API key is not valid.", remedy="Ask an administrator of the city for a new one.")
    today = now().date()
    if last_used_on != str(today):  # once a day: enough to find keys nobody uses, and no write per request
        ApiKey.objects.filter(id=id_).update(last_used_on=today)
    return Actor(tenant_id, ActorKind.KEY, f"key:{id_}", name, scopes=frozenset(orjson.loads(scopes)))
