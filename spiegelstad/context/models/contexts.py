"""Stored @contexts: hosted by us, cached from elsewhere, or made from what a request held."""

from django.db import models


class JsonldContext(models.Model):
    """A JSON-LD @context (clause 5.13)."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    local_id = models.TextField(help_text="the last part of its address here")
    url = models.TextField(help_text="where it can be got")
    kind = models.CharField(max_length=20, help_text="Hosted, Cached or ImplicitlyCreated")
    body = models.JSONField()
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    last_usage_at = models.DateTimeField(null=True, blank=True)
    hits = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "local_id"], name="context_local_id"),
            models.UniqueConstraint(fields=["tenant", "url"], name="context_url"),
        ]

    def __str__(self) -> str:
        return self.url
