"""Orders to be sampled by hand and rounds, and their being called off; they can be added to, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lianfang.apps.core.append_only import guard

TABLES = ("lab_samplingorder", "lab_samplinground", "lab_revocation")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_phone_proof"),
        ("lab", "0007_pools_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SamplingOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_id",
                    models.UUIDField(help_text="made where it is entered: sent again it changes nothing", unique=True),
                ),
                ("reason", models.CharField(max_length=200)),
                ("due_from", models.DateTimeField()),
                ("due_until", models.DateTimeField()),
                ("ordered_at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sampling_orders", to="core.subject"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SamplingRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "client_id",
                    models.UUIDField(help_text="made where it is entered: sent again it changes nothing", unique=True),
                ),
                ("name", models.CharField(max_length=100)),
                ("area_code", models.CharField(max_length=12)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocation",
                        to="lab.samplingorder",
                    ),
                ),
                (
                    "round",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocation",
                        to="lab.samplinground",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="samplingorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_from__lt", models.F("due_until"))), name="order_span"
            ),
        ),
        migrations.AddConstraint(
            model_name="samplingorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="order_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="samplinground",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="round_span"
            ),
        ),
        migrations.AddConstraint(
            model_name="samplinground",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="round_has_name"),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", True), ("round__isnull", False)),
                    models.Q(("order__isnull", False), ("round__isnull", True)),
                    _connector="OR",
                ),
                name="revocation_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="revocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="revocation_has_reason"
            ),
        ),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
    ]
