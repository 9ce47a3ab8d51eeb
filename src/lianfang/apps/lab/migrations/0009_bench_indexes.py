"""Specimens by their newest and tubes by when they came: what the lists of a laboratory are entered by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("lab", "0008_orders_and_rounds")]

    operations = [
        AddIndexConcurrently("specimen", models.Index(fields=["-collected_at", "-id"], name="specimen_newest")),
        AddIndexConcurrently(
            "custodystep",
            models.Index(fields=["-at"], condition=models.Q(kind="received"), name="custody_step_received"),
        ),
    ]
