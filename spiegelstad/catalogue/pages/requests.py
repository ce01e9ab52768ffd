"""What a page may count on in a request."""

from django.http import HttpRequest

from spiegelstad.accounts.public import Actor


class CityRequest(HttpRequest):
    """A request after the middleware has put on it who asks, and in which city."""

    actor: Actor
