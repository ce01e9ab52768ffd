"""The temporal evolution of entities: what an attribute was, instance by instance.

Plain numeric instances with `observedAt` are not here: they are observations of a series of the mirror, and
`AttributeSeries` says which.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from spiegelstad.governance.public import Classification

_CLASSIFICATIONS = [(item.value, item.value) for item in Classification]


class TemporalEntity(models.Model):
    """An entity through time; it stays when the entity is deleted.

    Writes of attributes leave this row alone, so `modified_at` is of the row and not of the entity.
    """

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    id = models.TextField(help_text="URI of the entity")
    types = ArrayField(models.TextField(), help_text="IRIs")
    scopes = ArrayField(models.TextField(), default=list, help_text="all it ever had")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    classification = models.CharField(max_length=20, choices=_CLASSIFICATIONS, default=Classification.PUBLIC)
    department = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [GinIndex(fields=["types"], name="temporal_entity_types")]

    def __str__(self) -> str:
        return self.id


class AttributeInstance(models.Model):
    """One instance of an attribute. Partitioned by month of `modified_at`, which a correction moves on."""

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
    instance = models.JSONField(help_text="rules/documents.py, without its times of creation and modification")

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "entity_id", "attribute", "dataset", "observed_at"], name="instance_observed"
            )
        ]

    def __str__(self) -> str:
        return self.instance_id


class AttributeSeries(models.Model):
    """Which series of the mirror holds the numbers of an attribute in one unit."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    entity_id = models.TextField()
    attribute = models.TextField(help_text="IRI")
    dataset = models.TextField(blank=True, help_text="datasetId, empty for the default")
    unit_code = models.TextField(blank=True, help_text="as given; empty when none was")
    series = models.ForeignKey("mirror.Series", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "entity_id", "attribute", "dataset", "unit_code"], name="attribute_series"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.attribute} {self.dataset}"


class LateObservations(models.Model):
    """Observations that were recorded long after they were observed, or before: when each of them came.

    The others came when they were observed, give or take the few minutes of `rules/evolution.py`.
    """

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series_id", "recorded_at")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    series_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    moments = ArrayField(models.DateTimeField())

    def __str__(self) -> str:
        return f"{self.series_id} {self.recorded_at}"
