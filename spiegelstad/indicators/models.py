"""Indicators, their definitions as they were, computations over exact inputs, and figures."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from spiegelstad.base.ids import new_id
from spiegelstad.governance.public import Classification
from spiegelstad.indicators.vocabulary import ComputationState


class Definition(models.Model):
    """One wording of an indicator, YAML and SQL. Never changes: `hash` is of its own content."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    slug = models.SlugField(max_length=80)
    hash = models.CharField(max_length=64)
    body = models.JSONField(help_text="the YAML as JSON")
    sql = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "slug", "hash"], name="definition_hash")]

    def __str__(self) -> str:
        return f"{self.slug} {self.hash[:12]}"


class Indicator(models.Model):
    """An indicator of a city as it is now: its present definition and its last good computation."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    slug = models.SlugField(max_length=80)
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT)
    current = models.ForeignKey("Computation", null=True, on_delete=models.PROTECT, related_name="+")
    theme = models.CharField(max_length=20)
    datasets = ArrayField(models.SlugField(max_length=80), help_text="slugs of the datasets it reads")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="indicator_slug")]

    def __str__(self) -> str:
        return self.slug


class Computation(models.Model):
    """One run of a definition over exact inputs. A failed one keeps its error and never becomes current.

    `fingerprint`: the hash of definition and inputs; equal fingerprints give equal figures. `classification`: that of
    the strictest input at the time. `released`: public all the same, because a steward said so.
    """

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT)
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT)
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in ComputationState])
    error = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    engine = models.CharField(max_length=120)
    by = models.JSONField(help_text="kind, id and name of who computed")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    figure_count = models.IntegerField(default=0)
    suppressed_count = models.IntegerField(default=0)
    superseded_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True)
    classification = models.CharField(max_length=20, default=Classification.PUBLIC)
    released = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["indicator", "-finished_at"], name="computation_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ComputationState.SUCCEEDED, error="")
                | Q(state=ComputationState.FAILED, figure_count=0),
                name="computation_failed_or_good",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.state} {self.finished_at:%Y-%m-%d %H:%M}"


class ComputationInput(models.Model):
    """A table of the formula and the exact version that stood behind it. Protects that version from deletion."""

    distributed_by = None

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    computation = models.ForeignKey(Computation, on_delete=models.PROTECT, related_name="inputs")
    name = models.CharField(max_length=60)
    version = models.ForeignKey("catalogue.Version", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["computation", "name"], name="computation_input_name")]

    def __str__(self) -> str:
        return self.name


class Figure(models.Model):
    """One figure: an indicator, an area and a period, as one computation gave it. Never changes; the id is for ever.

    Of a suppressed figure nothing is kept but that it is suppressed. References are plain: the table may be
    distributed, the rest not.
    """

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    id = models.UUIDField()
    computation = models.ForeignKey(Computation, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    area_type = models.CharField(max_length=40)
    area_code = models.CharField(max_length=64)
    period = models.CharField(max_length=10, blank=True)
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    suppressed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "computation", "area_type", "area_code", "period"], name="figure_cell"
            ),
            models.CheckConstraint(
                condition=Q(suppressed=False) | Q(value__isnull=True, numerator__isnull=True, denominator__isnull=True),
                name="figure_suppressed_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_type} {self.area_code} {self.period}: {self.value}"
