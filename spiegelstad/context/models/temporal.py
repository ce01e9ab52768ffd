"""The temporal evolution of entities: what an attribute was, instance by instance.

Plain numeric instances with `observedAt` are not here: they are observations of a series of the mirror.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class TemporalEntity(models.Model):
    """An entity through time; it stays when the entity is deleted."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    id = models.TextField(help_text="URI of the entity")
    types = ArrayField(models.TextField(), help_text="IRIs")
    scopes = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.id


class AttributeInstance(models.Model):
    """One instance of an attribute. Partitioned by month of `modified_at`."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "entity_id", "attribute", "instance_id", "modified_at")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    entity_id = models.TextField()
    attribute = models.TextField(help_text="IRI")
    dataset = models.TextField(help_text="datasetId, empty for the default")
    instance_id = models.TextField(help_text="URN")
    observed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    instance = models.JSONField(help_text="rules/documents.py")

    def __str__(self) -> str:
        return self.instance_id
