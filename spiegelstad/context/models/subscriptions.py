"""Subscriptions, and the notifications that wait for their receiver."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class About(models.TextChoices):
    """What a subscription is about: entities (clause 5.8), or registrations of context sources (clause 5.11)."""

    ENTITIES = "entities"
    REGISTRATIONS = "registrations"


class Subscription(models.Model):
    """Who is told of which changes. `document`: the subscription as it was given, without what the system adds.

    `transaction` is that of the last change of the subscription itself, not of its counters: by it the notifier finds
    what is new to it (sql/subscriptions.sql). `failures`, `retry_at`: attempts that failed in a row, and the next one.
    `root`, `via`: the address of this interface, and the brokers passed, as the request had them that made it.
    """

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    about = models.CharField(max_length=13, choices=About.choices, db_default=About.ENTITIES)
    uri = models.TextField(help_text="id of the subscription")
    document = models.JSONField()
    context = models.JSONField(help_text="the @context it was made with")
    tenant_named = models.BooleanField(default=False, help_text="whether the request named the city: so do we then")
    owner = models.CharField(max_length=200, help_text="identifier of the actor for whom it reads")
    root = models.TextField(blank=True, db_default="")
    via = models.TextField(blank=True, db_default="")
    transaction = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text="when a timed one is due")
    times_sent = models.BigIntegerField(default=0)
    times_failed = models.BigIntegerField(default=0)
    last_notification_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "about", "uri"], name="subscription_id")]
        indexes = [
            models.Index(fields=["transaction"], name="subscription_changed"),
            models.Index(fields=["next_at"], name="subscription_due", condition=models.Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.uri


class Notification(models.Model):
    """What one notification will say, while it waits, or when it could not be delivered (`dead_at`).

    `data` is JSON text, rendered once: an array of entities, of GeoJSON features, or of registrations.
    """

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, db_index=False)
    uri = models.TextField(help_text="id of the notification")
    entities = ArrayField(models.TextField(), help_text="ids of the entities or registrations in it")
    trigger = models.CharField(max_length=16, blank=True, db_default="", help_text="triggerReason of registrations")
    data = models.TextField()
    made_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subscription", "id"], name="notification_order", condition=models.Q(dead_at=None)),
            models.Index(
                fields=["tenant", "-dead_at"], name="notification_dead", condition=models.Q(dead_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.uri
