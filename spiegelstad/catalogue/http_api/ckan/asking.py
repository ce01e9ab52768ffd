"""Who asks what, at which site, in which language: what every action gets."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property

from spiegelstad.accounts.public import Actor, Tenant, departments, tenant
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import describing
from spiegelstad.catalogue.description import Description
from spiegelstad.catalogue.formats import ckan
from spiegelstad.catalogue.http_api.ckan.arguments import Arguments
from spiegelstad.catalogue.records import Dataset


@dataclass(frozen=True)
class Asked:
    """One call of an action. `host` ends with a slash."""

    actor: Actor
    host: str
    language: str
    arguments: Arguments

    @cached_property
    def city(self) -> Tenant:
        """The city whose site this is: the organisation of what no department answers for."""
        return tenant(self.actor.tenant_id)

    @cached_property
    def departments(self) -> dict[str, Localised]:
        """The departments of the city by slug, and the city itself by its id."""
        return {**departments(self.actor.tenant_id), self.city.id: self.city.name}

    def organization(self, slug: str) -> dict[str, Any]:
        """Return a department as an organisation; the city where there is none."""
        known = slug if slug in self.departments else self.city.id
        return ckan.organization(known, self.departments[known], self.language)

    def descriptions(self, found: list[Dataset]) -> list[Description]:
        """Return datasets as they are told to others."""
        return describing.describe(self.actor, found, self.host)

    def packages(self, found: list[Dataset]) -> list[dict[str, Any]]:
        """Return datasets as packages."""
        return [
            ckan.package(told, self.organization(told.department), self.language) for told in self.descriptions(found)
        ]
