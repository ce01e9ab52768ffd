"""The event log: every change of an entity is one row that is never changed, until retention takes it."""

from django.db import models


class ContextEvent(models.Model):
    """One change of one entity. `transaction` orders rows for readers: only what ended before a snapshot is read."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "sequence")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    sequence = models.BigIntegerField(help_text="from a sequence of the database")
    transaction = models.BigIntegerField(help_text="pg_current_xact_id()")
    at = models.DateTimeField()
    entity_id = models.TextField()
    kind = models.CharField(max_length=20, help_text="entityCreated, entityUpdated or entityDeleted")
    changes = models.JSONField(help_text="[{attribute, dataset, kind, previous}]: attributeCreated, …")
    after = models.JSONField(null=True, help_text="the entity after the change (rules/documents.py); null when deleted")
    before = models.JSONField(null=True, help_text="the entity before it was deleted")

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind} {self.entity_id}"


class EventConsumer(models.Model):
    """How far a reader of the log has come."""

    distributed_by = None

    name = models.CharField(max_length=60, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    sequence = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
