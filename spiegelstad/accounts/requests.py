"""What pages may count on in a request."""

from django.http import HttpRequest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.rules import Actor


class CityRequest(HttpRequest):
    """A request after the middleware has put on it which city is asked, and who asks."""

    actor: Actor
    tenant: Tenant
