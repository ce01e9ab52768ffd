import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('sensors', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='device',
            name='by_hand',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, help_text='fields that a person has set', size=None),
        ),
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heard_at', models.DateTimeField(help_text='when it last measured; null: it never did', null=True)),
                ('noticed_at', models.DateTimeField()),
                ('mailed_at', models.DateTimeField(help_text='when its stewards were written to, where mail is set up', null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='sensors.device')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['device', '-noticed_at'], name='silence_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('device',), name='silence_not_over')],
            },
        ),
        migrations.CreateModel(
            name='Use',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='its first day')),
                ('reader', models.CharField(choices=[('visitor', 'visitor'), ('staff', 'staff'), ('program', 'program'), ('key', 'key')], max_length=20)),
                ('times', models.BigIntegerField()),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='sensors.device')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device', 'month', 'reader'), name='use_of_device')],
            },
        ),
    ]
