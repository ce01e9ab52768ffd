"""Who asks, what is offered, what was agreed, how it is used, and what protected answers have told already."""

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from spiegelstad.base.ids import new_id
from spiegelstad.broker.vocabulary import RequestState, UploadState


class Applicant(models.Model):
    """Who asks for data: a person, or an organisation for which several people ask. Budgets are an applicant's."""

    distributed_by = None
    processing = "data-access"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    number = models.CharField(max_length=10, blank=True, help_text="enterprise number; empty: a person")
    code = models.CharField(max_length=32, blank=True, help_text="with which a colleague joins an organisation")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "number"], condition=~models.Q(number=""), name="applicant_number"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """For whom a person asks: for one applicant at a time."""

    distributed_by = None
    processing = "data-access"

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "person"], name="member_of_one")]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.applicant_id}"


class Offer(models.Model):
    """What of a closed dataset may be asked for, and how: each way is switched on by its steward."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    dataset = models.OneToOneField("catalogue.Dataset", on_delete=models.PROTECT, related_name="+")
    takes_requests = models.BooleanField(default=False)
    person_column = models.CharField(max_length=120, blank=True, help_text="whose rows; empty: each row is somebody's")
    aggregates = models.JSONField(null=True, help_text="how counts above a threshold are made; null: off")
    noisy = models.JSONField(null=True, help_text="how noisy answers are made; null: off")
    salt = models.CharField(max_length=64, help_text="secret: decides how counts are rounded")

    def __str__(self) -> str:
        return f"offer of {self.dataset_id}"


class Request(models.Model):
    """What an applicant asks for, and what the steward decided."""

    distributed_by = None
    processing = "data-access"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="requests")
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="requests")
    asked_by = models.CharField(max_length=80, help_text="id of the actor")
    purpose = models.TextField()
    legal_basis = models.TextField(blank=True)
    columns = ArrayField(models.CharField(max_length=120))
    rows = models.JSONField(default=list, help_text="conditions: column, operator, values")
    from_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=20, default=RequestState.ASKED)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True, help_text="id of the actor")
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "state", "created_at"], name="request_inbox")]

    def __str__(self) -> str:
        return f"request {self.id}"


class Agreement(models.Model):
    """What was granted on a request: its columns and rows, until when, how often and on which conditions."""

    distributed_by = None
    processing = "data-access"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="agreement")
    columns = ArrayField(models.CharField(max_length=120))
    rows = models.JSONField(default=list, help_text="conditions: column, operator, values")
    from_on = models.DateField()
    ends_on = models.DateField()
    per_hour = models.PositiveIntegerField()
    per_day = models.PositiveIntegerField()
    conditions = models.TextField()
    legal_basis = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=80, blank=True, help_text="id of the actor")
    ended_at = models.DateTimeField(null=True, help_text="when it was ended before its time")
    end_reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"agreement {self.id}"


class Key(models.Model):
    """An API key of an applicant: of one agreement, or without one for protected answers only."""

    distributed_by = None
    processing = "data-access"

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    api_key = models.OneToOneField("accounts.ApiKey", on_delete=models.CASCADE, related_name="+")
    applicant = models.ForeignKey(Applicant, on_delete=models.CASCADE, related_name="keys")
    made_by = models.CharField(max_length=80, help_text="id of the actor")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.CASCADE, related_name="keys")

    def __str__(self) -> str:
        return f"key {self.api_key_id}"


class AgreementUse(models.Model):
    """How often an agreement was used in an hour. Nothing of what was asked."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="uses", db_index=False)
    hour = models.DateTimeField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "hour"], name="use_of_agreement")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.hour}"


class Sheet(models.Model):
    """All counts above a threshold that one version ever gives: made once, and every answer is read from it."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="sheets")
    version = models.ForeignKey("catalogue.Version", null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.PositiveIntegerField(help_text="of the version")
    parameters = models.JSONField()
    cells = models.JSONField()
    made_at = models.DateTimeField()
    compared_with = models.PositiveIntegerField(help_text="number of the newest version that differs too little")

    def __str__(self) -> str:
        return f"sheet of {self.offer_id}, version {self.number}"


class NoisyAnswer(models.Model):
    """A question answered with noise: what it cost, and the one answer it will ever get."""

    distributed_by = None
    processing = "data-access"

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="noisy_answers")
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="noisy_answers")
    asked_by = models.CharField(max_length=80, help_text="id of the person")
    version = models.PositiveIntegerField(help_text="number of the version")
    question = models.JSONField()
    digest = models.CharField(max_length=64, help_text="of the question")
    epsilon = models.DecimalField(max_digits=8, decimal_places=3)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "applicant", "version", "digest"], name="noisy_answer_once"),
            models.CheckConstraint(condition=models.Q(epsilon__gt=0), name="noisy_answer_costs"),
        ]

    def __str__(self) -> str:
        return f"question {self.digest[:8]} of {self.applicant_id}"


class Upload(models.Model):
    """Data that a resident gathered. The file itself goes once it is published, refused or withdrawn."""

    distributed_by = None
    processing = "citizen-data"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    description = models.TextField()
    theme = models.CharField(max_length=40)
    licence_uri = models.URLField(max_length=300)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    mapping = models.JSONField(default=list, help_text="columns as guessed or as corrected by who uploaded")
    warnings = models.JSONField(default=list, help_text="what looks like personal data: column and kind")
    state = models.CharField(max_length=20, default=UploadState.READ)
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(null=True, help_text="the version it became")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "state", "created_at"], name="upload_inbox")]

    def __str__(self) -> str:
        return f"upload {self.slug}"
