"""What SensorThings keeps beside the mirror: things, places and instruments, and what a number alone cannot say."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models

from spiegelstad.base.fields import BoxField
from spiegelstad.governance.public import Classification

_CLASSIFICATIONS = [(item.value, item.value) for item in Classification]


class Described(models.Model):
    """What most entities have. Their number is their `@iot.id`."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    description = models.TextField(blank=True)
    properties = models.JSONField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Guarded(Described):
    """An entity with a classification. `adopted_from`: what in the city it stands for; none when a client made it."""

    classification = models.CharField(max_length=20, choices=_CLASSIFICATIONS, default=Classification.PUBLIC)
    department = models.CharField(max_length=60, blank=True)
    adopted_from = models.TextField(null=True, help_text="entity:<URN>, series:<key>, …")  # noqa: DJ001  unique where there is one

    class Meta:
        abstract = True


class Thing(Guarded):
    """A thing. `entity_id`: the context entity that it is."""

    distributed_by = None

    entity_id = models.TextField(blank=True, help_text="URN")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "adopted_from"], name="sta_thing_adopted")]


class Location(Guarded):
    """Where things stand."""

    distributed_by = None

    encoding_type = models.TextField()
    location = models.JSONField()
    box = BoxField(null=True, help_text="round it, when it is GeoJSON")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "adopted_from"], name="sta_location_adopted")]
        indexes = [GistIndex(fields=["box"], name="sta_location_box")]


class ThingLocation(models.Model):
    """A thing stands at a location now."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thing", "location"], name="sta_thing_location")]

    def __str__(self) -> str:
        return f"{self.thing_id} at {self.location_id}"


class HistoricalLocation(models.Model):
    """Since when a thing stood where."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    thing = models.ForeignKey(Thing, on_delete=models.CASCADE, db_index=False)
    time = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["thing", "time"], name="sta_historical_thing")]

    def __str__(self) -> str:
        return f"{self.thing_id} since {self.time}"


class HistoricalPlace(models.Model):
    """Where a historical location was."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    historical_location = models.ForeignKey(HistoricalLocation, on_delete=models.CASCADE, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["historical_location", "location"], name="sta_historical_place")]

    def __str__(self) -> str:
        return f"{self.historical_location_id} at {self.location_id}"


class Sensor(Guarded):
    """An instrument or a procedure."""

    distributed_by = None

    encoding_type = models.TextField()
    metadata = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "adopted_from"], name="sta_sensor_adopted")]


class ObservedProperty(Guarded):
    """What is observed."""

    distributed_by = None

    definition = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "adopted_from"], name="sta_property_adopted")]


class FeatureOfInterest(Guarded):
    """What an observation says something about."""

    distributed_by = None

    encoding_type = models.TextField()
    feature = models.JSONField()
    box = BoxField(null=True, help_text="round it, when it is GeoJSON")
    location = models.ForeignKey(
        Location, null=True, on_delete=models.SET_NULL, help_text="where a thing stood for which it was made"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "adopted_from"], name="sta_feature_adopted")]
        indexes = [GistIndex(fields=["box"], name="sta_feature_box")]


class Datastream(Described):
    """A series of the mirror as a datastream: its number is that of the series, and so is its classification."""

    distributed_by = None

    series = models.OneToOneField("mirror.Series", primary_key=True, on_delete=models.PROTECT, related_name="+")
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT)
    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT)
    observed_property = models.ForeignKey(ObservedProperty, on_delete=models.PROTECT)
    unit_of_measurement = models.JSONField()
    observation_type = models.TextField()
    observed_area = models.JSONField(null=True)
    feature = models.ForeignKey(
        FeatureOfInterest, null=True, on_delete=models.SET_NULL, help_text="of observations that name no other"
    )
    made_here = models.BooleanField(default=False, help_text="by a client of SensorThings, not by the city's sources")


class ObservationDetail(models.Model):
    """What an observation has beside its moment and its number; most have nothing and no row."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series", "observed_at")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    series = models.ForeignKey("mirror.Series", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    observed_at = models.DateTimeField()
    named_at = models.DateTimeField(null=True, help_text="the moment in its id, when its time was changed later")
    phenomenon_end = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="when it is no number")
    result_time = models.DateTimeField(null=True)
    result_quality = models.JSONField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    parameters = models.JSONField(null=True)
    feature = models.ForeignKey(
        FeatureOfInterest, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "series", "result_time"], name="sta_detail_result_time"),
            models.Index(
                fields=["tenant", "series", "named_at"],
                name="sta_detail_named",
                condition=models.Q(named_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.observed_at}"


class Change(models.Model):
    """An entity that was made or changed in a city that tells of it; gone when it is told."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    type = models.CharField(max_length=30)
    entity = models.TextField(help_text="its number; of an observation, series and microsecond")
    names = ArrayField(models.TextField(), help_text="the properties that changed; none: it was made")

    class Meta:
        indexes = [models.Index(fields=["tenant", "id"], name="sta_change_order")]

    def __str__(self) -> str:
        return f"{self.type} {self.entity}"
