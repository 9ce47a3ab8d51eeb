"""All rows of one list that concern one division share a task; how far a comparison is can be seen."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_phone_proof"),
        ("lists", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="core.factbatch",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("step", models.CharField(blank=True, max_length=16)),
                ("done", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="listedrow",
            name="listed_batch",
        ),
        migrations.AlterField(
            model_name="rowstate",
            name="task",
            field=models.ForeignKey(
                help_text="of all rows of one list that concern one division; done when the last of them is decided",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.task",
            ),
        ),
        migrations.AddIndex(
            model_name="listedrow",
            index=models.Index(fields=["batch", "area_code", "id"], name="listed_batch"),
        ),
    ]
