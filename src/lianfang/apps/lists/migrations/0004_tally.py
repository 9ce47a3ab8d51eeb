import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0012_profile_changes_append_only"),
        ("lists", "0003_rows_of_one_task_and_progress"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(max_length=12)),
                ("state", models.CharField(blank=True, max_length=12)),
                ("n", models.IntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.factbatch",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["batch", "area_code"], include=("state", "n"), name="list_tally")],
            },
        ),
    ]
