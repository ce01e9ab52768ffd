"""Context sources: who else answers for which entities."""

from django.db import models


class Registration(models.Model):
    """A context source registration (clause 5.2.9). `document`: with expanded terms."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    uri = models.TextField(help_text="id of the registration")
    document = models.JSONField()
    context = models.JSONField(help_text="the @context it was made with")
    mode = models.CharField(max_length=10, default="inclusive")
    expires_at = models.DateTimeField(null=True, blank=True)
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "uri"], name="registration_uri")]

    def __str__(self) -> str:
        return self.uri
