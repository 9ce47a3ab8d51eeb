"""Specimens by their newest: what the list of results is entered by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("lab", "0008_orders_and_rounds")]

    operations = [
        AddIndexConcurrently("specimen", models.Index(fields=["-collected_at", "-id"], name="specimen_newest")),
    ]
