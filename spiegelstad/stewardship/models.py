"""What stewards watch and follow: how good data is, what it should be, who uses it. No personal data."""

from django.db import models
from django.db.models import Q

from spiegelstad.stewardship.vocabulary import Dimension, Purpose, Way

_DIMENSIONS = [(item.value, item.value) for item in Dimension]


class Measurement(models.Model):
    """How good a dataset was from a day on, until the next row of it; what was not measured is empty."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    completeness = models.FloatField(null=True)
    validity = models.FloatField(null=True)
    uniqueness = models.FloatField(null=True)
    timeliness = models.FloatField(null=True)
    consistency = models.FloatField(null=True)
    errors = models.IntegerField(default=0, help_text="reported, and waiting for the steward")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "on"], name="measurement_of_day")]
        indexes = [models.Index(fields=["tenant", "on"], name="measurement_day")]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.on}"


class Target(models.Model):
    """What share a dimension should have, of one dataset or of all of a theme, and why."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.ForeignKey("catalogue.Dataset", null=True, on_delete=models.CASCADE, related_name="+")
    theme = models.CharField(max_length=40, blank=True)
    dimension = models.CharField(max_length=20, choices=_DIMENSIONS)
    share = models.FloatField()
    reason = models.TextField()
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "dimension"], condition=Q(dataset__isnull=False), name="target_of_dataset"
            ),
            models.UniqueConstraint(
                fields=["tenant", "theme", "dimension"], condition=Q(dataset__isnull=True), name="target_of_theme"
            ),
            models.CheckConstraint(condition=Q(dataset__isnull=True) ^ Q(theme=""), name="target_of_one"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="target_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.share}"


class Alert(models.Model):
    """A time in which a dataset missed a target. One that is not over has no `ended_at`."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.CASCADE, related_name="+", db_index=False)
    dimension = models.CharField(max_length=20, choices=_DIMENSIONS)
    share = models.FloatField()
    target = models.FloatField()
    noticed_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, help_text="when its stewards were written to, where mail is set up")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-noticed_at"], name="alert_newest")]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "dimension"], condition=Q(ended_at=None), name="alert_not_over")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.dimension}"


class Use(models.Model):
    """How often a dataset was asked for on a day, by way and told purpose. Nothing of the readers themselves."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey("catalogue.Dataset", on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    way = models.CharField(max_length=20, choices=[(item.value, item.value) for item in Way])
    purpose = models.CharField(max_length=20, choices=[(item.value, item.value) for item in Purpose])
    times = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "on", "way", "purpose"], name="use_of_dataset")]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.on} {self.way} {self.purpose}"


class FollowUp(models.Model):
    """Whether who made something of data gave back the improved data, where the licence asks for that."""

    distributed_by = None

    showcase = models.OneToOneField("catalogue.Showcase", primary_key=True, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    shared_url = models.URLField(max_length=500, blank=True, help_text="where the shared data is")
    note = models.TextField(blank=True, help_text="what the steward found")
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.showcase_id)
