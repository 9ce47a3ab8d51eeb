"""Tubes that several swabs share."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_phone_proof"),
        ("lab", "0005_custody_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(help_text="tube code", max_length=60, unique=True)),
                (
                    "size_limit",
                    models.SmallIntegerField(help_text="how many may share it, by the profile when it was begun"),
                ),
                ("begun_at", models.DateTimeField()),
                ("registered_at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "begun_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.SmallIntegerField()),
                ("size_limit", models.SmallIntegerField(help_text="the tube's: a foreign key with `pool`")),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="lab.pool"
                    ),
                ),
                (
                    "specimen",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="membership", to="lab.specimen"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.subject"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PoolResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.SmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("final", "Signed"),
                            ("corrected", "Corrected"),
                            ("annulled", "Annulled"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("positive", "positive"),
                            ("negative", "negative"),
                            ("indeterminate", "indeterminate"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="why it was corrected or annulled", max_length=300)),
                ("recorded_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(null=True)),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="lab.pool"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(fields=("id", "size_limit"), name="pool_size"),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.CheckConstraint(condition=models.Q(("size_limit__gte", 2)), name="pool_holds_several"),
        ),
        migrations.AddConstraint(
            model_name="poolmember",
            constraint=models.UniqueConstraint(fields=("pool", "position"), name="pool_position_once"),
        ),
        migrations.AddConstraint(
            model_name="poolmember",
            constraint=models.UniqueConstraint(fields=("pool", "subject"), name="pool_subject_once"),
        ),
        migrations.AddConstraint(
            model_name="poolmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__gte", 1), ("position__lte", models.F("size_limit"))),
                name="pool_not_overfull",
            ),
        ),
        migrations.AddConstraint(
            model_name="poolresult",
            constraint=models.UniqueConstraint(fields=("pool", "version"), name="pool_result_version_once"),
        ),
        migrations.AddConstraint(
            model_name="poolresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at__isnull", True), ("signed_by__isnull", True), ("status", "draft")),
                    models.Q(
                        models.Q(("status", "draft"), _negated=True),
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="pool_result_signed_or_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="poolresult",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")), fields=("pool",), name="one_draft_pool_result"
            ),
        ),
    ]
