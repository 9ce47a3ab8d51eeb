"""The register is read from page to page by village and id; made beside running work, as it is large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0008_person_merge_append_only")]

    operations = [
        AddIndexConcurrently(
            "person",
            models.Index(
                fields=["area_code", "subject"], condition=models.Q(survivor__isnull=True), name="person_walk"
            ),
        )
    ]
