"""What users of a dataset are told beforehand: which status it gets, when and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_portal")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="planned_status",
            field=models.CharField(blank=True, help_text="what users were told it becomes", max_length=20),
        ),
        migrations.AddField(model_name="dataset", name="planned_reason", field=models.TextField(blank=True)),
        migrations.AddField(
            model_name="dataset",
            name="planned_on",
            field=models.DateField(blank=True, help_text="day on which it becomes so", null=True),
        ),
        migrations.AddField(
            model_name="dataset",
            name="planned_at",
            field=models.DateTimeField(blank=True, help_text="when users were told", null=True),
        ),
    ]
