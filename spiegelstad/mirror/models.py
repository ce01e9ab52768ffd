"""Series, their observations, and what is derived from those: rollups and the latest value."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from spiegelstad.governance.public import Classification

_CLASSIFICATIONS = [(item.value, item.value) for item in Classification]


class Series(models.Model):
    """One numeric property of one thing through time. `key` is its name for people and machines."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    key = models.CharField(max_length=200)
    entity_id = models.CharField(max_length=300, blank=True, help_text="URN of the entity, when there is one")
    entity_type = models.CharField(max_length=200, blank=True, help_text="what kind of thing that is: a short name")
    property = models.CharField(max_length=100)
    name = models.JSONField(help_text="by language")
    unit = models.CharField(max_length=10, help_text="UN/CEFACT code")
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    minimum = models.FloatField(null=True, blank=True, help_text="a smaller value is kept as bad")
    maximum = models.FloatField(null=True, blank=True, help_text="a larger value is kept as bad")
    classification = models.CharField(max_length=20, choices=_CLASSIFICATIONS, default=Classification.PUBLIC)
    department = models.CharField(max_length=60, blank=True)
    expected_every_s = models.PositiveIntegerField(null=True, blank=True)
    revision = models.BigIntegerField(default=1, help_text="grows with every change: part of ETags")
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="series_key")]
        indexes = [
            models.Index(fields=["tenant", "entity_id"], name="series_entity"),
            models.Index(fields=["tenant", "entity_type"], name="series_entity_type"),
            models.Index(fields=["tenant", "property"], name="series_property"),
        ]

    def __str__(self) -> str:
        return self.key


class SeriesLatest(models.Model):
    """The newest value of a series that counts. Its row is also the lock of the series' writers."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="latest", db_index=False)
    newest_at = models.DateTimeField(null=True, help_text="the newest observation, counting or not")
    observed_at = models.DateTimeField(null=True)
    value = models.FloatField(null=True)
    quality = models.SmallIntegerField(null=True)
    received_at = models.DateTimeField(null=True, help_text="when the newest observation came in")
    raw_since = models.DateTimeField(null=True, help_text="raw observations before this were removed by retention")
    revision = models.BigIntegerField(default=0, help_text="grows with every change: part of ETags")

    def __str__(self) -> str:
        return f"latest of {self.series_id}"


class Observation(models.Model):
    """One value at one moment. Partitioned by month; foreign keys are not checked per row, the writer does."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series", "observed_at")
    observed_at = models.DateTimeField()
    value = models.FloatField()
    series = models.ForeignKey(Series, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    quality = models.SmallIntegerField(default=0)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return f"{self.series_id} {self.observed_at}"


class Rollup(models.Model):
    """Count, sum and extremes of the values that count in one bucket; a bucket without any has no row."""

    count = models.IntegerField()
    sum = models.FloatField()
    minimum = models.FloatField()
    maximum = models.FloatField()
    series = models.ForeignKey(Series, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.series_id} {self.count}"


class Hourly(Rollup):
    """The rollup of an hour; `bucket` is its beginning."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series", "bucket")
    bucket = models.DateTimeField()


class Daily(Rollup):
    """The rollup of a day in Brussels."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "series", "bucket")
    bucket = models.DateField()


class RefusedRow(models.Model):
    """A row that a sender posted and we could not take, with the reason. The same row again only counts up."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "digest")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    digest = models.CharField(max_length=64, help_text="SHA-256 of sender, text and reason")
    sender = models.CharField(max_length=80)
    text = models.CharField(max_length=500)
    reason = models.CharField(max_length=300)
    times = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-last_at"], name="refused_newest")]

    def __str__(self) -> str:
        return self.reason


class News(models.Model):
    """Observations that one statement stored or corrected, in a city that tells of them; gone when they are told."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    number = models.BigIntegerField(help_text="from the sequence mirror_news_number")
    stored_at = models.DateTimeField()
    series = ArrayField(models.BigIntegerField())
    moments = ArrayField(models.DateTimeField(), help_text="one for each of `series`")

    def __str__(self) -> str:
        return f"{self.number}"
