"""The number of the last version that a dataset had: a number is never given to another version."""

from django.db import migrations, models

KNOWN = """
UPDATE catalogue_dataset dataset SET last_number = known.number
FROM (SELECT dataset_id, max(number) AS number FROM catalogue_version GROUP BY dataset_id) known
WHERE known.dataset_id = dataset.id
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0005_life_cycle")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="last_number",
            field=models.PositiveIntegerField(default=0, help_text="of its versions, those that are deleted included"),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
