"""Where tubes go."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_phone_proof"),
        ("lab", "0003_specimen_bound"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustodyStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.SmallIntegerField()),
                (
                    "previous_number",
                    models.SmallIntegerField(help_text="a foreign key with `previous`; null of the first", null=True),
                ),
                ("previous", models.CharField(max_length=10)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("collected", "collected"),
                            ("packed", "packed"),
                            ("sent", "sent"),
                            ("received", "received"),
                            ("rejected", "rejected"),
                            ("stored", "stored"),
                            ("destroyed", "destroyed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("spot", models.CharField(blank=True, help_text="box, freezer or shelf", max_length=80)),
                ("reason", models.CharField(blank=True, help_text="why it was rejected", max_length=300)),
                ("at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organisation"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "specimen",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="custody_steps", to="lab.specimen"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("specimen", "number"), name="custody_step_once"),
                    models.UniqueConstraint(fields=("specimen", "number", "kind"), name="custody_step_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["packed", "sent", "received", "rejected"]), ("previous", "collected")
                            ),
                            models.Q(("kind__in", ["sent", "received", "rejected"]), ("previous", "packed")),
                            models.Q(("kind__in", ["received", "rejected"]), ("previous", "sent")),
                            models.Q(
                                ("kind__in", ["stored", "packed", "rejected", "destroyed"]), ("previous", "received")
                            ),
                            models.Q(("kind__in", ["destroyed"]), ("previous", "rejected")),
                            models.Q(("kind__in", ["received", "packed", "destroyed"]), ("previous", "stored")),
                            _connector="OR",
                        ),
                        name="custody_step_allowed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("previous", "collected"), ("previous_number__isnull", True)),
                            models.Q(
                                ("number__gt", 1),
                                (
                                    "previous_number",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("number"), "-", models.Value(1)
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="custody_step_continues",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "rejected"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="custody_rejection_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["sent", "received"]), _negated=True),
                            ("organisation__isnull", False),
                            _connector="OR",
                        ),
                        name="custody_step_has_organisation",
                    ),
                ],
            },
        ),
    ]
