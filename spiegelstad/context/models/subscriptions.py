"""Subscriptions, and the notifications that wait for their receiver."""

from django.db import models


class Subscription(models.Model):
    """Who is told of which changes. `document`: the subscription with expanded terms, as it was given otherwise."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    uri = models.TextField(help_text="id of the subscription")
    document = models.JSONField()
    context = models.JSONField(help_text="the @context it was made with")
    owner = models.CharField(max_length=200, help_text="identifier of the actor for whom it reads")
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text="when a timed one is due")
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    last_notification_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "uri"], name="subscription_uri")]

    def __str__(self) -> str:
        return self.uri


class Notification(models.Model):
    """One notification that waits, or that could not be delivered (`dead_at`)."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE)
    body = models.JSONField()
    headers = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subscription", "id"], name="notification_order")]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.made_at}"
