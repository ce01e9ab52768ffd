"""The audit log: append-only, each row chained to the one before by its hash."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class AuditEntry(models.Model):
    """One act that was done. A trigger refuses every UPDATE, DELETE and TRUNCATE."""

    distributed_by = "tenant"
    processing = "audit"

    pk = models.CompositePrimaryKey("tenant", "sequence")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    act = models.CharField(max_length=80)
    thing_kind = models.CharField(max_length=60)
    thing_id = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    details = models.JSONField(encoder=DjangoJSONEncoder)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "thing_id", "-sequence"], condition=Q(thing_kind="person"), name="audit_about_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.act}"


class AuditHead(models.Model):
    """The last link of a city's chain; its lock puts concurrent acts in a row."""

    distributed_by = "tenant"

    tenant = models.OneToOneField("accounts.Tenant", on_delete=models.PROTECT, primary_key=True)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.sequence}"
