"""The devices of a city. No personal data: a device that processes any names the processing in its purpose."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from spiegelstad.base.ids import new_id
from spiegelstad.governance.public import Classification
from spiegelstad.sensors.vocabulary import Kind

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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="device_key"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | (_EXPLAINED & _SAFE), name="active_device_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return self.key
