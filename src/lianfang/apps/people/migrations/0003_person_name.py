"""Persons are found by the beginning of their name; made beside running work, as the register is large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0002_append_only")]

    operations = [
        AddIndexConcurrently(
            "person", models.Index(fields=["name"], opclasses=["text_pattern_ops"], name="person_name")
        )
    ]
