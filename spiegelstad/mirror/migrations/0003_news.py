"""What was stored and is still to be told."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial"), ("mirror", "0002_series_know_their_type")]

    operations = [
        migrations.CreateModel(
            name="News",
            fields=[
                ("pk", models.CompositePrimaryKey("tenant", "number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(help_text="from the sequence mirror_news_number")),
                ("stored_at", models.DateTimeField()),
                ("series", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("moments", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), help_text="one for each of `series`", size=None)),
                ("tenant", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.tenant")),
            ],
        ),
        migrations.RunSQL("CREATE SEQUENCE mirror_news_number", "DROP SEQUENCE mirror_news_number"),
    ]
