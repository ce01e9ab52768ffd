"""Sources, their runs and the rows in quarantine."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from spiegelstad.base.ids import new_id
from spiegelstad.ingest.vocabulary import RowState, RunState, Trigger, Way


class Source(models.Model):
    """A source as last read from its definition. `definition` is JSON whose order of keys counts, so it is text."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    slug = models.SlugField(max_length=60)
    title = models.JSONField(help_text="by language")
    department = models.SlugField(max_length=60)
    classification = models.CharField(max_length=20)
    definition = models.TextField()
    definition_hash = models.CharField(max_length=64)
    way = models.CharField(max_length=10, default=Way.RUN, choices=[(way.value, way.value) for way in Way])
    schedule = models.CharField(max_length=100, blank=True)
    position = models.IntegerField(default=0, help_text="sources run in this order")
    is_active = models.BooleanField(default=True, help_text="its definition is still there")
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    newest_at = models.DateTimeField(null=True, help_text="newest moment in the data that a freshness rule is about")
    stale_after = models.DurationField(null=True, help_text="the strictest freshness rule")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="source_slug")]
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class Run(models.Model):
    """One time that a source was read. `files`: name, sha256 and bytes of each raw file that is kept for replay."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in RunState])
    trigger = models.CharField(max_length=20, choices=[(trigger.value, trigger.value) for trigger in Trigger])
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    definition_hash = models.CharField(max_length=64)
    files = models.JSONField(default=list)
    is_offline = models.BooleanField(default=False, help_text="the offline files of the definition were read")
    bytes = models.BigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True)
    rows_read = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    quality = models.JSONField(default=list, help_text="each check: rule, column, passed, failed, share")
    observations = models.JSONField(default=dict, help_text="inserted, corrected, unchanged, refused")
    version_id = models.UUIDField(null=True)
    error_kind = models.CharField(max_length=60, blank=True, help_text="name of the error, such as `quarantine-full`")
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    started_by = models.CharField(max_length=100, blank=True, help_text="identifier of the actor")

    class Meta:
        indexes = [models.Index(fields=["source", "-started_at"], name="run_of_source")]
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=models.Q(state="running"), name="one_run_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%d %H:%M} {self.state}"


class QuarantinedRow(models.Model):
    """A row that failed in the last run of its source, with the raw row and every reason."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    id = models.UUIDField(default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="quarantine")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="quarantine")
    file = models.CharField(max_length=300)
    row_number = models.BigIntegerField()
    raw = models.TextField(help_text="JSON, exactly as its digest was taken")
    digest = models.CharField(max_length=64)
    reasons = models.JSONField(encoder=DjangoJSONEncoder, help_text="rule, column, limit of each failed check")
    state = models.CharField(max_length=20, default=RowState.OPEN, choices=[(s.value, s.value) for s in RowState])

    class Meta:
        indexes = [models.Index(fields=["tenant", "source", "file", "row_number"], name="quarantine_of_source")]

    def __str__(self) -> str:
        return f"{self.file}:{self.row_number}"


class Correction(models.Model):
    """A raw row corrected by a steward; it counts in every later run in which the same raw row fails."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="corrections")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the raw row")
    raw = models.TextField()
    corrected = models.TextField()
    reason = models.TextField(blank=True)
    corrected_by = models.CharField(max_length=100, help_text="identifier of the actor")
    corrected_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="correction_of_row")]

    def __str__(self) -> str:
        return f"correction {self.digest[:8]}"


class Intake(models.Model):
    """What one receiver (a listener, or the web server) has taken in for a source of messages, and how it stands."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="intakes")
    receiver = models.CharField(max_length=100)
    messages = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0, help_text="taken")
    refused = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0, help_text="out of scope, or no measurements")
    duplicates = models.BigIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True, help_text="null: not connected")
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(help_text="when the receiver last said how it stands")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "receiver"], name="intake_of_source")]

    def __str__(self) -> str:
        return f"{self.source_id} by {self.receiver}"


class SeenUplink(models.Model):
    """A LoRaWAN uplink that was taken in, so that the same one coming again another way is not."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "source", "digest")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="uplinks")
    digest = models.CharField(max_length=32, help_text="of device, session, counter, port and payload")
    at = models.DateTimeField(help_text="its own time")

    class Meta:
        indexes = [models.Index(fields=["at"], name="seen_uplink_at")]

    def __str__(self) -> str:
        return self.digest
