"""Harvest sources, their runs, and what became of each record."""

from django.db import models
from django.db.models import Q

from spiegelstad.base.ids import new_id
from spiegelstad.harvest.vocabulary import Kind, RecordState, Trigger
from spiegelstad.ingest.public import RunState


class Source(models.Model):
    """Another catalogue, as last read from its definition."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=40)
    title = models.JSONField(help_text="by language")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    department = models.SlugField(max_length=60)
    definition = models.TextField(help_text="JSON")
    definition_hash = models.CharField(max_length=64)
    schedule = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True, help_text="its definition is still there")
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="harvest_source_slug")]
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Run(models.Model):
    """One time that a source was read. `unused`: properties that we have no place for, with how many records."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in RunState])
    trigger = models.CharField(max_length=20, choices=[(trigger.value, trigger.value) for trigger in Trigger])
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=100, blank=True, help_text="identifier of the actor")
    definition_hash = models.CharField(max_length=64)
    checksum = models.CharField(max_length=64, blank=True, help_text="SHA-256 of all that was read")
    documents = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0, help_text="records that the source has")
    taken = models.PositiveIntegerField(default=0, help_text="records that are datasets here")
    changed = models.PositiveIntegerField(default=0, help_text="those of them that are new or different")
    skipped = models.PositiveIntegerField(default=0, help_text="records out of scope")
    quarantined = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0, help_text="records that went with this run")
    findings = models.PositiveIntegerField(default=0, help_text="lines of the report")
    unused = models.JSONField(default=dict)
    error_kind = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["source", "-started_at"], name="harvest_run_of_source")]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(state="running"), name="one_harvest_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M} {self.state}"


class Record(models.Model):
    """A record of a source: which dataset it became, and what is wrong with it. Its slug is its own for good."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="records")
    key = models.CharField(max_length=1000, help_text="URI or identifier at the source")
    slug = models.SlugField(max_length=80, blank=True)
    title = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in RecordState])
    missed = models.PositiveIntegerField(default=0, help_text="runs in a row without it")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the dataset that was declared")
    description = models.JSONField(default=dict)
    statements = models.TextField(blank=True, default="", help_text="what it says more, in N-Triples")
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="harvest_record_key"),
            models.UniqueConstraint(fields=["tenant", "slug"], condition=~Q(slug=""), name="harvest_record_slug"),
        ]

    def __str__(self) -> str:
        return self.key
