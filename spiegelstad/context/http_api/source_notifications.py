"""`/sourceNotifications/{token}`: where context sources tell us what we subscribed to in the name of others (5.8.6).

The address is the key: only the source that was given it knows it.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.federation.receiving import receive
from spiegelstad.context.federation.subscribing import PLACE
from spiegelstad.context.http_api.answering import by_method
from spiegelstad.context.http_api.requests import MAX_BATCH_BYTES, read


def take(request: HttpRequest, token: str) -> HttpResponse:
    """Take a notification of a context source."""
    request.META.pop("HTTP_NGSILD_TENANT", None)  # names a tenant of the source, and the address tells ours
    vars(request).pop("headers", None)
    asked = read(request, body=True, params=(), limit_bytes=MAX_BATCH_BYTES)
    receive(token, asked.body, asked.context)
    return HttpResponse()


urlpatterns = [re_path(rf"^{PLACE}/(?P<token>[^/]+)/?$", by_method(POST=take))]
