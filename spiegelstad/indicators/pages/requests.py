"""What a page may count on in a request."""

from django.http import HttpRequest

from spiegelstad.accounts.public import Actor, Tenant


class CityRequest(HttpRequest):
    """A request after the middleware has put the city and the actor on it."""

    actor: Actor
    tenant: Tenant
