"""Area types and areas (configuration, not distributed), streets and addresses (distributed by tenant)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Deferrable, F, Func, Value

from spiegelstad.base.fields import BoxField
from spiegelstad.base.ids import new_id


class AreaType(models.Model):
    """A kind of area: municipality, wijk, statistical sector. A higher level lies inside a lower one."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    slug = models.SlugField(max_length=40)
    name = models.JSONField(help_text="by language")
    level = models.PositiveSmallIntegerField()
    revision = models.UUIDField(default=new_id, help_text="changes with every change of its areas: the key of caches")

    class Meta:
        ordering = ["level", "slug"]
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="area_type_slug")]

    def __str__(self) -> str:
        return self.slug


class Area(models.Model):
    """One area in one period. Periods of a code never overlap: the database refuses it."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    area_type = models.ForeignKey(AreaType, on_delete=models.PROTECT, related_name="areas")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    parent_code = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="the last day")
    geometry = models.BinaryField(help_text="(multi)polygon as WKB, degrees WGS84")
    box = BoxField(help_text="the box round the geometry")
    centroid_lon = models.FloatField(help_text="a point inside, degrees WGS84")
    centroid_lat = models.FloatField()
    area_m2 = models.FloatField(help_text="surface in Lambert 72")
    attributes = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, help_text="of all of the above, to see what an import changes")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "area_type", "code", "valid_from"], name="area_period", nulls_distinct=False
            ),
            ExclusionConstraint(
                name="area_periods_do_not_overlap",
                expressions=[
                    ("area_type", "="),
                    ("code", "="),
                    (Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"), "&&"),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
        ]
        indexes = [GistIndex(fields=["box"], name="area_box")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Street(models.Model):
    """A street with at least one address: what the address search looks through first."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    id = models.CharField(max_length=300, help_text="postcode/municipality/street, folded")
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=10)
    municipality = models.CharField(max_length=100)
    key = models.CharField(max_length=160, help_text="the street, folded")
    municipality_key = models.CharField(max_length=120)
    addresses = models.IntegerField()
    lon = models.FloatField(help_text="mean of its addresses, degrees WGS84")
    lat = models.FloatField()

    class Meta:
        indexes = [
            GistIndex(
                fields=["tenant", "key"], opclasses=["gist_text_ops", "gist_trgm_ops(siglen=32)"], name="street_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.postcode} {self.municipality}"


class Address(models.Model):
    """An address point. Holds no persons."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    id = models.CharField(max_length=100, help_text="the identifier of the source")
    street_id = models.CharField(max_length=300, help_text="Street.id of the same tenant")
    number = models.IntegerField(help_text="the number in the house number, 0 when there is none")
    street = models.CharField(max_length=120)
    house_number = models.CharField(max_length=20)
    box_number = models.CharField(max_length=20, blank=True)
    postcode = models.CharField(max_length=10)
    municipality = models.CharField(max_length=100)
    lon = models.FloatField(help_text="degrees WGS84")
    lat = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "street_id", "number"], name="address_in_street")]

    def __str__(self) -> str:
        return f"{self.street} {self.house_number}, {self.postcode} {self.municipality}"
