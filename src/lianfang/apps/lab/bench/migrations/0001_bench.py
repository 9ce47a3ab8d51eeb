"""Lots of reagents, plates, runs of instruments, their judgements, calls and signatures."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0012_profile_changes_append_only"),
        ("lab", "0009_bench_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filename", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("abi_7500", "abi_7500"),
                            ("quantstudio", "quantstudio"),
                            ("cfx", "cfx"),
                            ("lightcycler", "lightcycler"),
                            ("rdml", "rdml"),
                            ("eds", "eds"),
                        ],
                        max_length=16,
                    ),
                ),
                ("n_rows", models.IntegerField()),
                ("n_read", models.IntegerField()),
                ("n_refused", models.IntegerField()),
                ("refused", models.JSONField(default=list)),
                ("recorded_at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReagentLot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kit", models.CharField(max_length=40)),
                ("number", models.CharField(max_length=40)),
                ("expires_on", models.DateField()),
                ("registered_at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "registered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Plate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("size", models.SmallIntegerField(choices=[(96, "96"), (384, "384")])),
                ("area_code", models.CharField(max_length=12)),
                ("is_open", models.BooleanField(default=True)),
                ("begun_at", models.DateTimeField()),
                ("sealed_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "begun_by",
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
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plates", to="bench.reagentlot"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RunFile",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="bench.run",
                    ),
                ),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="run",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="bench.reagentlot"
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="plate",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="run", to="bench.plate"
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="ReadWell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.CharField(max_length=3)),
                (
                    "control",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("negative", "negative"),
                            ("positive", "positive"),
                            ("weak_positive", "weak_positive"),
                            ("extraction", "extraction"),
                        ],
                        max_length=16,
                    ),
                ),
                ("readings", models.JSONField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "pool",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="lab.pool"
                    ),
                ),
                (
                    "specimen",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="lab.specimen",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wells", to="bench.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "validity",
                    models.CharField(
                        choices=[("valid", "valid"), ("warning", "warning"), ("invalid", "invalid")], max_length=8
                    ),
                ),
                (
                    "verdict",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.verdict"
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="judgement", to="bench.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RunSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n_signed", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("seq", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="bench.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SetAside",
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
                    "well",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="set_aside", to="bench.readwell"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Well",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.CharField(max_length=3)),
                (
                    "control",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("negative", "negative"),
                            ("positive", "positive"),
                            ("weak_positive", "weak_positive"),
                            ("extraction", "extraction"),
                        ],
                        max_length=16,
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
                (
                    "plate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wells", to="bench.plate"
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="lab.pool"
                    ),
                ),
                (
                    "specimen",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="lab.specimen",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WellCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "call",
                    models.CharField(
                        choices=[
                            ("positive", "positive"),
                            ("negative", "negative"),
                            ("repeat", "repeat"),
                            ("recollect", "recollect"),
                            ("unknown_kit", "unknown_kit"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "verdict",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.verdict"
                    ),
                ),
                (
                    "well",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="call", to="bench.readwell"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="reagentlot",
            constraint=models.UniqueConstraint(fields=("kit", "number"), name="bench_lot_once"),
        ),
        migrations.AddConstraint(
            model_name="reagentlot",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", ""), _negated=True), name="bench_lot_has_number"
            ),
        ),
        migrations.AddIndex(
            model_name="plate",
            index=models.Index(condition=models.Q(("is_open", True)), fields=["-begun_at"], name="bench_plate_open"),
        ),
        migrations.AddConstraint(
            model_name="plate",
            constraint=models.UniqueConstraint(fields=("id", "is_open"), name="bench_plate_state"),
        ),
        migrations.AddConstraint(
            model_name="plate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("is_open", True)),
                    models.Q(("closed_at__isnull", False), ("is_open", False)),
                    _connector="OR",
                ),
                name="bench_plate_open_or_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["-recorded_at"], name="bench_run_recorded"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "n_rows",
                        django.db.models.expressions.CombinedExpression(models.F("n_read"), "+", models.F("n_refused")),
                    )
                ),
                name="bench_run_reconciles",
            ),
        ),
        migrations.AddConstraint(
            model_name="readwell",
            constraint=models.UniqueConstraint(fields=("run", "position"), name="bench_read_well_once"),
        ),
        migrations.AddConstraint(
            model_name="readwell",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("control", ""), ("pool__isnull", True), ("specimen__isnull", False)),
                    models.Q(("control", ""), ("pool__isnull", False), ("specimen__isnull", True)),
                    models.Q(
                        ("pool__isnull", True), ("specimen__isnull", True), models.Q(("control", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="bench_read_well_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="setaside",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="bench_set_aside_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="well",
            constraint=models.UniqueConstraint(fields=("plate", "position"), name="bench_well_once"),
        ),
        migrations.AddConstraint(
            model_name="well",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)), fields=("specimen",), name="bench_specimen_on_one_open_plate"
            ),
        ),
        migrations.AddConstraint(
            model_name="well",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)), fields=("pool",), name="bench_pool_on_one_open_plate"
            ),
        ),
        migrations.AddConstraint(
            model_name="well",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("control", ""), ("pool__isnull", True), ("specimen__isnull", False)),
                    models.Q(("control", ""), ("pool__isnull", False), ("specimen__isnull", True)),
                    models.Q(
                        ("pool__isnull", True), ("specimen__isnull", True), models.Q(("control", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="bench_well_holds_one",
            ),
        ),
    ]
