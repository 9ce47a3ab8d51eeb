"""Tests that are left are derived, not worked out at each reading; whatever may change them is noted by triggers."""

import django.db.models.deletion
from django.db import migrations, models

# Per table: what makes a change, and whose it is, read from the rows that were written.
NOTED = (
    ("core_measure", "INSERT", "SELECT subject_id FROM written WHERE cardinality(test_offsets_days) > 0"),
    ("core_measure", "UPDATE", "SELECT subject_id FROM written"),
    ("lab_specimen", "INSERT", "SELECT subject_id FROM written"),
    ("lab_poolmember", "INSERT", "SELECT subject_id FROM written"),
    ("lab_result", "INSERT", "SELECT s.subject_id FROM written w JOIN lab_specimen s ON s.id = w.specimen_id"),
    ("lab_result", "UPDATE", "SELECT s.subject_id FROM written w JOIN lab_specimen s ON s.id = w.specimen_id"),
    (
        "lab_custodystep",
        "INSERT",
        "SELECT s.subject_id FROM written w JOIN lab_specimen s ON s.id = w.specimen_id WHERE w.kind = 'rejected'",
    ),
    ("lab_samplingorder", "INSERT", "SELECT subject_id FROM written"),
    ("lab_revocation", "INSERT", "SELECT o.subject_id FROM written w JOIN lab_samplingorder o ON o.id = w.order_id"),
)


def noted(table: str, event: str, subjects: str) -> migrations.RunSQL:
    name = f"{table}_{event.lower()}_changes_tests"
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO lab_samplingchange (subject_id)
            SELECT DISTINCT subject_id FROM ({subjects}) changed WHERE subject_id IS NOT NULL;
            RETURN NULL;
        END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        """,  # noqa: S608 - the texts above
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
    )


MOVED = migrations.RunSQL(
    """
    CREATE FUNCTION core_subject_moves_tests() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO lab_samplingchange (subject_id) VALUES (NEW.id);
        RETURN NULL;
    END $$;
    CREATE TRIGGER core_subject_moves_tests AFTER UPDATE OF area_code ON core_subject
    FOR EACH ROW WHEN (OLD.area_code IS DISTINCT FROM NEW.area_code) EXECUTE FUNCTION core_subject_moves_tests();
    """,
    "DROP TRIGGER core_subject_moves_tests ON core_subject; DROP FUNCTION core_subject_moves_tests();",
)
PRESENT = migrations.RunSQL(
    """
    INSERT INTO lab_samplingchange (subject_id)
    SELECT subject_id FROM core_measure
    WHERE ended_at IS NULL AND subject_id IS NOT NULL AND cardinality(test_offsets_days) > 0
    UNION SELECT subject_id FROM lab_samplingorder
    """,
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("lab", "0010_bench_awaited"),
    ]

    operations = [
        migrations.CreateModel(
            name="SamplingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="OpenTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_code", models.CharField(max_length=12)),
                ("due_from", models.DateTimeField()),
                ("due_until", models.DateTimeField()),
                (
                    "measure",
                    models.CharField(help_text='kind of the measure that orders it, "" by hand', max_length=24),
                ),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="lab.samplingorder",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.subject"),
                ),
            ],
            options={"indexes": [models.Index(fields=["due_until", "id"], name="open_test_due")]},
        ),
        *(noted(*each) for each in NOTED),
        MOVED,
        PRESENT,
    ]
