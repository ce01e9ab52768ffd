"""Subscriptions to registrations stand with those to entities, and are told by the same queue."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("context", "0003_histories_of_the_mirrors_entities")]

    operations = [
        migrations.AddField(
            "subscription",
            "about",
            models.CharField(
                choices=[("entities", "Entities"), ("registrations", "Registrations")],
                db_default="entities",
                max_length=13,
            ),
        ),
        migrations.AddField(
            "notification",
            "trigger",
            models.CharField(blank=True, db_default="", help_text="triggerReason of registrations", max_length=16),
        ),
        migrations.AlterField(
            "notification",
            "entities",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), help_text="ids of the entities or registrations in it", size=None
            ),
        ),
        migrations.RemoveConstraint("subscription", "subscription_uri"),
        migrations.AddConstraint(
            "subscription",
            models.UniqueConstraint(fields=["tenant", "about", "uri"], name="subscription_id"),
        ),
        migrations.DeleteModel("RegistrationSubscription"),
    ]
