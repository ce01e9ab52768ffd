"""Subscriptions are passed on to the context sources that may tell of what they are about."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0001_initial"),
        ("context", "0004_subscriptions_to_registrations"),
    ]

    operations = [
        migrations.AddField("subscription", "root", models.TextField(blank=True, db_default="")),
        migrations.AddField("subscription", "via", models.TextField(blank=True, db_default="")),
        migrations.CreateModel(
            name="SourceSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uri", models.TextField(help_text="id of the subscription there")),
                (
                    "token",
                    models.TextField(help_text="secret last part of the address where the source tells us", unique=True),
                ),
                ("source", models.JSONField()),
                ("is_filtered", models.BooleanField(default=False)),
                ("sent_at", models.DateTimeField(blank=True, help_text="when the source took it last", null=True)),
                ("failures", models.IntegerField(default=0)),
                ("last_error", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                (
                    "registration",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="context.registration"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="context.subscription"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounts.tenant"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "registration"), name="source_subscription_once")
                ],
            },
        ),
    ]
