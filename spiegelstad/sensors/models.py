"""The devices of a city. No personal data: a device that processes any names the processing in its purpose."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from spiegelstad.base.ids import new_id
from spiegelstad.governance.public import Classification
from spiegelstad.sensors.vocabulary import Kind, Reader

_CLASSIFICATIONS = [(item.value, item.value) for item in Classification]
_KINDS = [(item.value, item.value) for item in Kind]
_EXPLAINED = ~models.Q(department="") & ~models.Q(purpose="")
_SAFE = models.Q(recognises_people=False) | ~models.Q(safeguards={})


class Device(models.Model):
    """One device. Its series are those of its entity and those that it names."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    key = models.SlugField(max_length=200, help_text="what stands in its address and on its pole")
    name = models.JSONField(help_text="by language")
    kind = models.CharField(max_length=20, choices=_KINDS)
    entity_id = models.CharField(max_length=300, blank=True, help_text="URN of its entity, when there is one")
    series = ArrayField(models.CharField(max_length=200), default=list, help_text="keys of series beside its entity's")
    department = models.CharField(max_length=60, blank=True, help_text="who answers for it")
    purpose = models.CharField(max_length=60, blank=True, help_text="key in the processing register")
    recognises_people = models.BooleanField(default=False)
    safeguards = models.JSONField(default=dict, help_text="by language: what protects people, if it can recognise them")
    stored_at = models.JSONField(default=dict, help_text="by language: where the data is")
    since = models.DateField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    is_active = models.BooleanField(default=False)
    classification = models.CharField(max_length=20, choices=_CLASSIFICATIONS, default=Classification.PUBLIC)
    by_hand = ArrayField(models.CharField(max_length=40), default=list, help_text="fields that a person has set")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="device_key"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | (_EXPLAINED & _SAFE), name="active_device_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Silence(models.Model):
    """A time in which an active device should have measured and did not. One that is not over has no `ended_at`."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="silences", db_index=False)
    heard_at = models.DateTimeField(null=True, help_text="when it last measured; null: it never did")
    noticed_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, help_text="when its stewards were written to, where mail is set up")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["device", "-noticed_at"], name="silence_newest")]
        constraints = [
            models.UniqueConstraint(fields=["device"], condition=models.Q(ended_at=None), name="silence_not_over")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} silent since {self.heard_at}"


class Use(models.Model):
    """How often a kind of reader asked for the data of a device in a month. Nothing of the readers themselves."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="uses", db_index=False)
    month = models.DateField(help_text="its first day")
    reader = models.CharField(max_length=20, choices=[(item.value, item.value) for item in Reader])
    times = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "month", "reader"], name="use_of_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.month} {self.reader}"
