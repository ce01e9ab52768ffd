"""What was done about a person is found without reading the whole log of a city."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('governance', '0002_append_only'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(condition=models.Q(('thing_kind', 'person')), fields=['tenant', 'thing_id', '-sequence'], name='audit_about_person'),
        ),
    ]
