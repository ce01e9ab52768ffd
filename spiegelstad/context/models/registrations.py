"""Context sources: who else answers for which entities, and what they are asked to tell us."""

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


class SourceSubscription(models.Model):
    """A subscription that was passed on to a context source, which then tells us (clauses 5.8.1 and 5.8.6).

    Without `subscription` or `registration` it is to be ended there. `source`: the document of the registration as it
    was when it was sent; `is_filtered`: the source applies the filters of the subscription itself.
    """

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    subscription = models.ForeignKey("context.Subscription", null=True, on_delete=models.SET_NULL)
    registration = models.ForeignKey(Registration, null=True, on_delete=models.SET_NULL)
    uri = models.TextField(help_text="id of the subscription there")
    token = models.TextField(unique=True, help_text="secret last part of the address where the source tells us")
    source = models.JSONField()
    is_filtered = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="when the source took it last")
    failures = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "registration"], name="source_subscription_once")
        ]

    def __str__(self) -> str:
        return self.uri
