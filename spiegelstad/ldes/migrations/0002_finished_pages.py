"""What a full page sends is put together once, and kept compressed; pages that are full already follow by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ldes", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="page",
            name="told",
            field=models.BinaryField(help_text="its members as they are sent, by zlib, once it is full", null=True),
        ),
    ]
