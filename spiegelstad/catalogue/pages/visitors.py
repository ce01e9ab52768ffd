"""How often somebody who is not signed in may send a form: counted by a digest of the address, kept for an hour."""

import hmac

from django.conf import settings
from django.core.cache import cache

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import now
from spiegelstad.base.errors import TooMany

PER_HOUR = 6
_HOUR_S = 3600


class TooOften(TooMany):
    """Somebody sends form after form."""

    title = "Too often"


def is_machine(request: CityRequest) -> bool:
    """Whether the field was filled that people do not see."""
    return bool(request.POST.get("website", ""))


def take_turn(request: CityRequest, what: str) -> None:
    """Count a form of this kind; `TooOften` when this visitor sent many in the last hour."""
    key, moment = f"turn:{what}:{_digest(request)}", now().timestamp()
    turns = [at for at in cache.get(key, []) if at > moment - _HOUR_S]
    if len(turns) >= PER_HOUR:
        raise TooOften("You sent this form many times.", remedy="Try again in an hour.")
    cache.set(key, [*turns, moment], _HOUR_S)


def _digest(request: CityRequest) -> str:
    """Return a digest from which nobody learns the address; behind our own proxy, that of who asked the proxy."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return hmac.new(settings.SECRET_KEY.encode(), f"{request.tenant.id} {address}".encode(), "sha256").hexdigest()[:32]
