"""Let a measure stand for any verdict, not only for an investigation's; each cause keeps its own span and tests."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

ENDS = [("released", "Released"), ("superseded", "Superseded"), ("withdrawn", "Withdrawn")]

FILL = """
UPDATE core_measurecause c SET
    source = 'investigation:' || c.investigation_id,
    starts_at = m.starts_at, ends_at = m.ends_at,
    test_offsets_days = m.test_offsets_days,
    "end" = CASE WHEN c.ended_at IS NULL THEN '' WHEN m."end" = '' THEN 'withdrawn' ELSE m."end" END
FROM core_measure m WHERE m.id = c.measure_id
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_rate_window"), ("tracing", "0003_one_investigation_an_episode")]

    operations = [
        migrations.RemoveConstraint("measurecause", "one_cause_per_investigation"),
        migrations.AddField(
            "measurecause",
            "source",
            models.CharField(
                default="", max_length=40, help_text="what the verdict is about, as investigation:7 or return:15"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "measurecause",
            "test_offsets_days",
            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None),
        ),
        migrations.AddField(
            "measurecause",
            "end",
            models.CharField(blank=True, choices=ENDS, max_length=12, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # Deferred checks of the rows just filled, before the table is altered again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", migrations.RunSQL.noop),
        migrations.AlterField(
            "measurecause",
            "investigation",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tracing.investigation"
            ),
        ),
        migrations.AddConstraint(
            "measurecause",
            models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("measure", "source"),
                name="one_standing_cause_per_source",
            ),
        ),
        migrations.AddConstraint(
            "measurecause",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("investigation__isnull", False), ("source__startswith", "investigation:")),
                    models.Q(
                        models.Q(("source__startswith", "investigation:"), _negated=True),
                        ("investigation__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="cause_names_its_investigation",
            ),
        ),
    ]
