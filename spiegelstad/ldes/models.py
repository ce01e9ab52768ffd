"""Streams, their members, and the pages in which they are shown."""

from django.db import models
from django.db.models.functions import MD5

from spiegelstad.base.ids import new_id
from spiegelstad.ldes.vocabulary import Kind


class Stream(models.Model):
    """The event stream of an open dataset, or of a type of entities. Its row is locked by whoever adds or removes."""

    distributed_by = None

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, "+")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    name = models.TextField(help_text="slug of the dataset, or a short name of the type")
    type_iri = models.TextField(blank=True, help_text="of a type of entities")
    key = models.TextField(blank=True, help_text="the column by which rows are known; empty: a member per version")
    version = models.PositiveIntegerField(default=0, help_text="of the dataset, up to which members were made")
    closed = models.JSONField(default=list, help_text="IRIs that were closed to all when its members were made")
    last_sequence = models.BigIntegerField(default=0)
    last_page = models.IntegerField(default=0)
    last_issued_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=0, help_text="grows with every change of any node")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "name"], name="ldes_stream_name")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Member(models.Model):
    """One member: its triples, finished but for the address of the host, for which `vocabulary.BASE` stands."""

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "stream_id", "sequence")
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, "+", db_constraint=False, db_index=False)
    stream_id = models.UUIDField()
    sequence = models.BigIntegerField(help_text="its place in the stream")
    issued_at = models.DateTimeField(help_text="when it came into the stream: later than any before it")
    object = models.TextField(help_text="IRI of what it is a version of")
    version = models.PositiveIntegerField(null=True, help_text="of the dataset")
    digest = models.UUIDField(null=True, help_text="of what a row says, to see whether it changed")
    gone = models.BooleanField(help_text="it tells that its object is gone")
    tile = models.TextField(help_text="zoom/x/y of the smallest tile round its place; nowhere without one")
    body = models.TextField(help_text="its triples, as N-Triples")

    class Meta:
        indexes = [
            models.Index("tenant", "stream_id", MD5("object"), "sequence", name="ldes_member_object"),  # may be long
            models.Index("tenant", "stream_id", "tile", "sequence", name="ldes_member_tile"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.sequence}"


class Page(models.Model):
    """A node of a view that holds members: those of its branch from `first` to `last`, which never change once full.

    `branch`: of the view by time a month with the number of its first page (`2026-11-1`); of the view by place a tile
    (`14/8358/5461`).
    """

    distributed_by = "tenant"

    pk = models.CompositePrimaryKey("tenant", "stream_id", "number")
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, "+", db_constraint=False, db_index=False)
    stream_id = models.UUIDField()
    branch = models.TextField()
    number = models.IntegerField(help_text="through the stream, never used again")
    first = models.BigIntegerField(help_text="sequence of its first member")
    last = models.BigIntegerField()
    first_at = models.DateTimeField(help_text="when its first member was issued")
    last_at = models.DateTimeField()
    members = models.IntegerField()
    characters = models.IntegerField(help_text="of the bodies")
    is_full = models.BooleanField()
    told = models.BinaryField(null=True, help_text="its members as they are sent, by zlib, once it is full")

    class Meta:
        indexes = [models.Index(fields=["tenant", "stream_id", "branch", "number"], name="ldes_page_branch")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.branch}/{self.number}"
