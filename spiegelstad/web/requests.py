"""Each request gets a number that is in its answer and in every line of the log, and is counted and timed."""

import logging
import re
import time
from collections.abc import Callable
from secrets import token_hex

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from spiegelstad.base import logs
from spiegelstad.web import http_api, metrics

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("spiegelstad.requests")

# A number given by a proxy before us is kept, unless somebody uses it to write into our log.
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Addresses below these hold what only their reader should know, so the log gets the pattern instead.
_PRIVATE = ("/accounts/",)
# What went well here is counted and not logged, for at a thousand a second the log would hold nothing else.
_BUSY = ("/ngsi-ld/", "/sensorthings/")
SLOW_S = 1.0

MACHINES: dict[str, GetResponse] = {
    "/health/live": http_api.live,
    "/health/ready": http_api.ready,
    "/metrics": http_api.prometheus,
}


def RequestId(get_response: GetResponse) -> GetResponse:  # noqa: N802  named as the middleware it is
    """Number, log and measure requests. The outermost middleware, so that it sees them all.

    Health and metrics are answered here, before anything asks for the right host name or HTTPS: those who look after
    us come to the port itself.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        number = given if _ACCEPTABLE.fullmatch(given) else token_hex(16)
        request.request_id = number  # type: ignore[attr-defined]
        token = logs.request_id.set(number)
        started_at = time.perf_counter()
        try:
            response = MACHINES.get(request.path, get_response)(request)
            response.headers["X-Request-ID"] = number
            _note(request, response, time.perf_counter() - started_at)
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def _note(request: HttpRequest, response: HttpResponseBase, duration_s: float) -> None:
    match = request.resolver_match
    route = f"/{match.route}" if match is not None else request.path if request.path in MACHINES else "unknown"
    metrics.note_request(request.method or "", route, response.status_code, duration_s)
    if request.path.startswith(_BUSY) and response.status_code < 400 and duration_s < SLOW_S:
        return
    logger.info(
        "%s %s %s",
        request.method,
        route if request.path.startswith(_PRIVATE) else request.path[:200],
        response.status_code,
        extra={"route": route, "status": response.status_code, "duration_ms": round(duration_s * 1000, 1)},
    )
