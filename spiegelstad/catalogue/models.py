"""Datasets, and their versions that never change."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
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
    planned_status = models.CharField(max_length=20, blank=True, help_text="what users were told it becomes")
    planned_reason = models.TextField(blank=True)
    planned_on = models.DateField(null=True, blank=True, help_text="day on which it becomes so")
    planned_at = models.DateTimeField(null=True, blank=True, help_text="when users were told")
    planned_refused_at = models.DateTimeField(
        null=True, blank=True, help_text="when it could not be done, and was told"
    )
    last_number = models.PositiveIntegerField(default=0, help_text="of its versions, those that are deleted included")
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


class SearchEntry(models.Model):
    """What the portal searches of a dataset: words with weights, and what facets count. Written by a trigger only."""

    distributed_by = None

    dataset = models.OneToOneField(Dataset, primary_key=True, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    classification = models.CharField(max_length=20)
    department = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=20)
    theme = models.CharField(max_length=40)
    licence_uri = models.CharField(max_length=300)
    frequency = models.CharField(max_length=20, blank=True)
    hvd_category = models.CharField(max_length=20, blank=True)
    formats = ArrayField(models.TextField())
    tags = models.JSONField(help_text="keywords by language")
    has_map = models.BooleanField()
    is_frozen = models.BooleanField(help_text="made by ourselves so that figures stay verifiable")
    renewed_at = models.DateTimeField(null=True)
    titles = models.JSONField(help_text="by language, to sort by")
    vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="search_entry_vector")]

    def __str__(self) -> str:
        return str(self.dataset_id)


class SearchWord(models.Model):
    """A word that occurs in a description: to find compounds by their parts, and to mend typing errors."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "word"], name="search_word_once")]
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_word_trigrams")]

    def __str__(self) -> str:
        return self.word


class Question(models.Model):
    """What somebody asked or reported about a dataset; name and mail are for the steward, and are forgotten."""

    distributed_by = None
    processing = "questions"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=10)
    text = models.TextField(help_text="as it was sent; shown to the steward")
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10)
    public_text = models.TextField(blank=True, help_text="the question as the steward made it fit to be public")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "state", "-asked_at"], name="question_state")]

    def __str__(self) -> str:
        return str(self.id)


class Showcase(models.Model):
    """What somebody made of datasets: an app, a study, a lesson; a steward decides whether it is shown."""

    distributed_by = None
    processing = "showcases"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    title = models.CharField(max_length=120)
    url = models.URLField(max_length=500)
    description = models.TextField()
    maker = models.CharField(max_length=100, help_text="public: an organisation, or the name somebody gives")
    email = models.EmailField(blank=True, help_text="for the steward only")
    datasets = ArrayField(models.SlugField(max_length=80))
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=10)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "state", "-sent_at"], name="showcase_state"),
            GinIndex(fields=["datasets"], name="showcase_datasets"),
        ]

    def __str__(self) -> str:
        return self.title
