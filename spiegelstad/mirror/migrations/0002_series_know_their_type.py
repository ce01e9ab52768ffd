"""Entities live in the room `context` now; a series names the type of its entity itself."""

from django.db import migrations, models

NAME_TYPES = """
UPDATE mirror_series series SET entity_type = entity.type
FROM mirror_entity entity WHERE entity.tenant_id = series.tenant_id AND entity.id = series.entity_id
"""


class Migration(migrations.Migration):

    dependencies = [("mirror", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="series",
            name="entity_type",
            field=models.CharField(blank=True, default="", help_text="what kind of thing that is: a short name", max_length=200),
            preserve_default=False,
        ),
        migrations.RunSQL(NAME_TYPES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="series",
            index=models.Index(fields=["tenant", "entity_type"], name="series_entity_type"),
        ),
        migrations.DeleteModel(name="Entity"),
    ]
