"""Entities in their present state: one row each."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models

from spiegelstad.base.fields import BoxField
from spiegelstad.governance.public import Classification


class Entity(models.Model):
    """An NGSI-LD entity. `attributes` holds IRI → datasetId (empty for the default) → instance (rules/documents.py)."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="context_entities")
    id = models.TextField(help_text="URI")
    types = ArrayField(models.TextField(), help_text="IRIs")
    scopes = ArrayField(models.TextField(), default=list)
    attributes = models.JSONField(default=dict)
    name = models.TextField(blank=True, help_text="the value of its attribute name or title, for pages")
    lon = models.FloatField(null=True, blank=True, help_text="of its location when that is a point")
    lat = models.FloatField(null=True, blank=True)
    box = BoxField(null=True, help_text="the box round its location")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    classification = models.CharField(
        max_length=20, choices=[(item.value, item.value) for item in Classification], default=Classification.PUBLIC
    )
    department = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["types"], name="context_entity_types"),
            GistIndex(fields=["box"], name="context_entity_box"),
            GinIndex(fields=["attributes"], name="context_entity_attributes", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.id
