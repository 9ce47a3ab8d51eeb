"""Where each awaited tube is, since when, whose area it is of: kept by triggers, so that pages count without looking back."""

import django.db.models.deletion
from django.db import migrations, models

KEPT = """
CREATE OR REPLACE FUNCTION lab_awaits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lab_awaited (specimen_id, collected_at, area_code, whereabouts, since, position)
    SELECT a.id, a.collected_at, s.area_code, 'collected', a.collected_at, 1
    FROM added a JOIN core_subject s ON s.id = a.subject_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION lab_awaits_no_tube() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM lab_awaited WHERE specimen_id IN (SELECT specimen_id FROM added WHERE kind IN ('rejected', 'destroyed'));
    UPDATE lab_awaited w SET whereabouts = a.kind, organisation_id = a.organisation_id, since = a.at
    FROM (SELECT DISTINCT ON (specimen_id) * FROM added ORDER BY specimen_id, number DESC) a
    WHERE w.specimen_id = a.specimen_id;
    RETURN NULL;
END $$;
CREATE FUNCTION lab_awaits_shared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lab_awaited w SET position = a.position FROM added a WHERE w.specimen_id = a.specimen_id AND a.position > 1;
    RETURN NULL;
END $$;
CREATE TRIGGER lab_shared AFTER INSERT ON lab_poolmember REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lab_awaits_shared();
CREATE FUNCTION lab_awaits_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lab_awaited SET area_code = NEW.area_code
    WHERE specimen_id IN (SELECT id FROM lab_specimen WHERE subject_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER lab_awaited_moves AFTER UPDATE OF area_code ON core_subject
    FOR EACH ROW WHEN (OLD.area_code IS DISTINCT FROM NEW.area_code) EXECUTE FUNCTION lab_awaits_elsewhere();
UPDATE lab_awaited w SET collected_at = s.collected_at, area_code = c.area_code, since = s.collected_at
FROM lab_specimen s JOIN core_subject c ON c.id = s.subject_id WHERE s.id = w.specimen_id;
UPDATE lab_awaited w SET whereabouts = a.kind, organisation_id = a.organisation_id, since = a.at
FROM (SELECT DISTINCT ON (specimen_id) * FROM lab_custodystep WHERE specimen_id IN (SELECT specimen_id FROM lab_awaited)
      ORDER BY specimen_id, number DESC) a
WHERE w.specimen_id = a.specimen_id;
UPDATE lab_awaited w SET position = m.position FROM lab_poolmember m WHERE m.specimen_id = w.specimen_id;
"""
DROPPED = """
DROP TRIGGER lab_awaited_moves ON core_subject;
DROP FUNCTION lab_awaits_elsewhere();
DROP TRIGGER lab_shared ON lab_poolmember;
DROP FUNCTION lab_awaits_shared();
CREATE OR REPLACE FUNCTION lab_awaits_no_tube() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM lab_awaited WHERE specimen_id IN (SELECT specimen_id FROM added WHERE kind IN ('rejected', 'destroyed'));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION lab_awaits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lab_awaited (specimen_id) SELECT id FROM added;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial"), ("lab", "0012_out_tube_numbers")]

    operations = [
        migrations.AddField("awaited", "collected_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "awaited",
            "area_code",
            models.CharField(default="", help_text="of the subject now", max_length=12),
            preserve_default=False,
        ),
        migrations.AddField("awaited", "whereabouts", models.CharField(max_length=10, default="collected")),
        migrations.AddField(
            "awaited",
            "organisation",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.organisation"
            ),
        ),
        migrations.AddField("awaited", "since", models.DateTimeField(null=True)),
        migrations.AddField("awaited", "position", models.SmallIntegerField(default=1)),
        migrations.RunSQL(KEPT, DROPPED),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("awaited", "collected_at", models.DateTimeField()),
        migrations.AlterField("awaited", "since", models.DateTimeField(help_text="when it came to where it is")),
        migrations.AddIndex(
            "awaited",
            models.Index(
                fields=["collected_at", "specimen"],
                include=["area_code", "whereabouts"],
                condition=models.Q(position=1),
                name="awaited_tubes",
            ),
        ),
    ]
