"""What staff report may be reported again after a correction; only the rows of lists are there once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_person_name")]

    operations = [
        migrations.RemoveConstraint("casereport", "case_report_once"),
        migrations.AddConstraint(
            "casereport",
            models.UniqueConstraint(
                fields=[
                    "subject",
                    "onset_date",
                    "exposure_start_date",
                    "exposure_end_date",
                    "confirmed_date",
                    "setting",
                ],
                nulls_distinct=False,
                condition=models.Q(batch__isnull=False),
                name="case_report_once",
            ),
        ),
    ]
