"""A specimen is not older than the system's records; a date before the first year cannot even be read back."""

from datetime import UTC, datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lab", "0002_append_only")]

    operations = [
        migrations.AddConstraint(
            "specimen",
            models.CheckConstraint(
                condition=models.Q(collected_at__gte=datetime(2000, 1, 1, tzinfo=UTC)),
                name="specimen_collected_in_our_time",
            ),
        )
    ]
