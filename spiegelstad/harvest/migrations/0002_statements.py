"""What a record says more than the catalogue has fields for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("harvest", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="record",
            name="statements",
            field=models.TextField(blank=True, default="", help_text="what it says more, in N-Triples"),
        ),
    ]
