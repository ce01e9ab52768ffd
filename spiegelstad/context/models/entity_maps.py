"""Entity maps (clause 5.2.39): the entities of a query as they were when it was first asked, to page through."""

from django.db import models


class EntityMap(models.Model):
    """Which entities, and which context sources know of each; for the actor that made it alone."""

    distributed_by = None

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT)
    uri = models.TextField()
    owner = models.TextField(help_text="kind and identifier of the actor who asked")
    entities = models.JSONField(help_text="id of an entity → ids of registrations, @none for what is kept here")
    linked_maps = models.JSONField(default=dict, help_text="id of a registration → id of the entity map there")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "uri"], name="entity_map_uri")]
        indexes = [models.Index(fields=["expires_at"], name="entity_map_expiry")]

    def __str__(self) -> str:
        return self.uri
