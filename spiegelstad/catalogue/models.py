"""Datasets, and their versions that never change."""

from django.db import models
from django.db.models import Q

from spiegelstad.base.fields import BoxField
from spiegelstad.base.ids import new_id
from spiegelstad.catalogue.vocabulary import Status


class Dataset(models.Model):
    """What data there is: its declaration, who answers for it, and which version is the current one."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    slug = models.SlugField(max_length=80)
    title = models.JSONField(help_text="by language")
    description = models.JSONField(default=dict, help_text="by language")
    theme = models.CharField(max_length=40)
    department = models.CharField(max_length=60, blank=True, help_text="slug of the steward's department")
    classification = models.CharField(max_length=20)
    classification_reason = models.TextField(blank=True)
    licence_uri = models.URLField(max_length=300)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    source = models.JSONField(help_text="name, url, publisher")
    columns = models.JSONField(help_text="as declared")
    keywords = models.JSONField(default=dict, help_text="by language")
    hvd_category = models.CharField(max_length=20, blank=True)
    frequency = models.CharField(max_length=20, blank=True)
    contact = models.JSONField(default=dict, help_text="name, email, url of a service")
    landing_page = models.URLField(max_length=500, blank=True)
    conforms_to = models.JSONField(default=list)
    is_authoritative = models.BooleanField(default=False)
    legal_basis = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    processing_key = models.CharField(max_length=60, blank=True, help_text="entry of the processing register")
    uri = models.URLField(max_length=500, blank=True, help_text="of data kept elsewhere")
    distributions = models.JSONField(default=list, help_text="of data kept elsewhere")
    status = models.CharField(max_length=20, default=Status.PUBLISHED)
    status_reason = models.TextField(blank=True)
    replaced_by = models.SlugField(max_length=80, blank=True)
    legal_hold = models.TextField(blank=True, help_text="why nothing of it may be deleted now")
    current = models.OneToOneField("Version", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="dataset_slug"),
            models.CheckConstraint(
                condition=Q(classification="public") | ~Q(classification_reason=""), name="dataset_closed_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Version(models.Model):
    """One state of a dataset: a Parquet file named by the SHA-256 of its bytes. A row never changes."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64, db_index=True)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    columns = models.JSONField()
    lineage = models.JSONField()
    quality = models.JSONField()
    covers_from = models.DateTimeField(null=True, blank=True)
    covers_to = models.DateTimeField(null=True, blank=True)
    box = BoxField(null=True, blank=True)
    area_codes = models.JSONField(default=list)
    inputs = models.ManyToManyField(
        "self", through="VersionInput", symmetrical=False, through_fields=("version", "source"), related_name="derived"
    )
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="version_number")]

    def __str__(self) -> str:
        return f"{self.dataset_id} version {self.number}"


class VersionInput(models.Model):
    """A version was made from another, which therefore stays as long as it does."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "source"], name="version_input_once")]

    def __str__(self) -> str:
        return f"{self.version_id} from {self.source_id}"
