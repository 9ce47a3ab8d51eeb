"""Which specimens await a result, kept by triggers: a new specimen does, until its first signature, rejection or destruction."""

import django.db.models.deletion
from django.db import migrations, models

KEPT = """
CREATE FUNCTION lab_awaits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lab_awaited (specimen_id) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER lab_awaits AFTER INSERT ON lab_specimen REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lab_awaits();
CREATE FUNCTION lab_awaits_no_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM lab_awaited WHERE specimen_id IN (SELECT specimen_id FROM changed WHERE status <> 'draft');
    RETURN NULL;
END $$;
CREATE TRIGGER lab_signed AFTER INSERT ON lab_result REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lab_awaits_no_result();
CREATE TRIGGER lab_signed_draft AFTER UPDATE ON lab_result REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION lab_awaits_no_result();
CREATE FUNCTION lab_awaits_no_tube() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM lab_awaited WHERE specimen_id IN (SELECT specimen_id FROM added WHERE kind IN ('rejected', 'destroyed'));
    RETURN NULL;
END $$;
CREATE TRIGGER lab_ended AFTER INSERT ON lab_custodystep REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lab_awaits_no_tube();
INSERT INTO lab_awaited (specimen_id)
SELECT id FROM lab_specimen s
WHERE NOT EXISTS (SELECT FROM lab_result r WHERE r.specimen_id = s.id AND r.status <> 'draft')
    AND NOT EXISTS (SELECT FROM lab_custodystep c WHERE c.specimen_id = s.id AND c.kind IN ('rejected', 'destroyed'));
"""
DROPPED = """
DROP TRIGGER lab_ended ON lab_custodystep;
DROP TRIGGER lab_signed_draft ON lab_result;
DROP TRIGGER lab_signed ON lab_result;
DROP TRIGGER lab_awaits ON lab_specimen;
DROP FUNCTION lab_awaits_no_tube();
DROP FUNCTION lab_awaits_no_result();
DROP FUNCTION lab_awaits();
"""


class Migration(migrations.Migration):
    dependencies = [("lab", "0009_bench_indexes")]

    operations = [
        migrations.CreateModel(
            name="Awaited",
            fields=[
                (
                    "specimen",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="awaited",
                        serialize=False,
                        to="lab.specimen",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(KEPT, DROPPED),
    ]
