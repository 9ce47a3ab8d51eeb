"""A contact knows whether its dates were reported or derived, so that a list imported again is known again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("places", "0002_presence")]

    operations = [
        migrations.AddField(
            "contactreport",
            "by_period",
            models.BooleanField(default=False, help_text="dated by the exposed person's reported exposure period"),
        )
    ]
