"""The outbox: what happened, written in the transaction in which it happened; and why jobs failed."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class OutboxEvent(models.Model):
    """One event. `tenant_id` is text here: base knows no rooms."""

    distributed_by = None

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.CharField(max_length=40)
    type = models.CharField(max_length=80)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["type", "id"], name="outbox_type")]

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class JobFailure(models.Model):
    """Why a job failed the last time. Procrastinate keeps that a job failed; a person who must act needs the reason."""

    distributed_by = None

    job_id = models.BigIntegerField(primary_key=True)
    error = models.CharField(max_length=120)
    detail = models.TextField()
    failed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.error} in job {self.job_id}"
