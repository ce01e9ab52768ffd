"""When what was announced could first not be done: its stewards are told that once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0006_last_number")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="planned_refused_at",
            field=models.DateTimeField(blank=True, null=True, help_text="when it could not be done, and was told"),
        ),
    ]
