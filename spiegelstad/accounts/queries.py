"""Reads of accounts: who a signed-in person is in a city, and which city a host name shows."""

from django.db.models import Q

from spiegelstad.accounts.models import ApiKey, Department, Tenant, User
from spiegelstad.accounts.rules import Actor
from spiegelstad.accounts.vocabulary import ActorKind, Role
from spiegelstad.base.errors import InvalidInput, NotFound


class NoCity(NotFound):
    """No city has been set up yet."""


class WhichCity(InvalidInput):
    """Several cities, and none was named."""


def tenant_of_host(host: str) -> Tenant:
    """Return the city of a host name (without port), else the city that was set up first."""
    tenants = list(Tenant.objects.all())
    for tenant in tenants:
        if tenant.host and tenant.host == host:
            return tenant
    if not tenants:
        raise NoCity("No city has been set up here yet.", remedy="Run `spiegelstad demo`.")
    return tenants[0]


def tenant(tenant_id: str) -> Tenant:
    """Return a city by its id."""
    found = Tenant.objects.filter(id=tenant_id).first()
    if found is None:
        raise NoCity(f"There is no city {tenant_id!r} here.")
    return found


def tenant_ids() -> list[str]:
    """Return the ids of all cities."""
    return list(Tenant.objects.values_list("id", flat=True))


def only_tenant() -> Tenant:
    """Return the city of an installation that has just one; `WhichCity` when there are several."""
    tenants = list(Tenant.objects.all())
    if not tenants:
        raise NoCity("No city has been set up here yet.", remedy="Run `spiegelstad demo`.")
    if len(tenants) > 1:
        raise WhichCity("There are several cities here.", remedy=f"Add --city: {', '.join(t.id for t in tenants)}.")
    return tenants[0]


def operator(tenant_id: str | None) -> Actor:
    """Return whoever runs the installation, at the command line, in the city named or the only one there is."""
    return Actor.system(tenant(tenant_id).id if tenant_id else only_tenant().id, "operator")


def actor_of_user(user: User, tenant_id: str) -> Actor:
    """Return the signed-in person as the actor in one city, with the roles held there."""
    memberships = list(user.memberships.filter(tenant_id=tenant_id))
    return Actor(
        tenant_id,
        ActorKind.PERSON,
        f"person:{user.id}",
        user.name,
        roles=frozenset({Role.RESIDENT} | {Role(m.role) for m in memberships}),
        departments=frozenset(slug for m in memberships if m.role == Role.STEWARD for slug in m.departments),
    )


def stewards(tenant_id: str, department: str) -> list[User]:
    """Return the people who answer for a department; where it has no steward, the city's administrators."""
    here = Q(memberships__tenant_id=tenant_id, is_active=True)
    theirs = Q(memberships__role=Role.STEWARD, memberships__departments__contains=[department])
    found = User.objects.filter(here & theirs).order_by("email")
    return list(found or User.objects.filter(here & Q(memberships__role=Role.ADMINISTRATOR)).order_by("email"))


def departments(tenant_id: str) -> dict[str, dict[str, str]]:
    """Return the names (by language) of a city's departments, by slug."""
    return dict(Department.objects.filter(tenant_id=tenant_id).values_list("slug", "name"))


def keys(tenant_id: str) -> list[ApiKey]:
    """Return a city's API keys, newest first."""
    return list(ApiKey.objects.filter(tenant_id=tenant_id).order_by("-created_at"))
