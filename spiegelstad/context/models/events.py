"""The event log: every change of an entity is one row that is never changed, until retention takes it."""

from django.db import models

from spiegelstad.governance.public import Classification


class ContextEvent(models.Model):
    """One change of one entity. Changes of the same entity follow each other by `sequence` (sql/event_log.sql)."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "sequence")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    sequence = models.BigIntegerField(help_text="from the sequence context_event_sequence")
    transaction = models.BigIntegerField(help_text="what was written together has the same")
    at = models.DateTimeField()
    entity_id = models.TextField()
    kind = models.CharField(max_length=20, help_text="entityCreated, entityUpdated or entityDeleted")
    changes = models.JSONField(help_text="[{attribute, dataset, kind, previous}]: attributeCreated, …")
    after = models.JSONField(null=True, help_text="the entity after the change (rules/documents.py); null when deleted")
    before = models.JSONField(null=True, help_text="the entity before it was deleted")
    classification = models.CharField(max_length=20, default=Classification.PUBLIC, help_text="of the entity, then")
    department = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sequence"], name="context_event_order")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.entity_id}"


class EventConsumer(models.Model):
    """How far a reader of the log has come."""

    distributed_by = None

    name = models.CharField(max_length=60, primary_key=True)
    sequence = models.BigIntegerField(default=0, help_text="of the last event that it has dealt with")
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
