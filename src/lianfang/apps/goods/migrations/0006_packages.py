"""A package followed by itself is held by its own measures as by its lot's, and is released with the lot that arrived."""

from django.db import migrations

HOLD = """
CREATE OR REPLACE FUNCTION goods_measure_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned bigint[];
BEGIN
    IF NEW.subject_id IS NULL OR NEW.kind NOT IN ('lot_hold', 'lot_destruction', 'recall') THEN
        RETURN NULL;
    END IF;
    concerned := ARRAY(SELECT NEW.subject_id UNION SELECT lot_id FROM goods_package WHERE subject_id = NEW.subject_id);
    PERFORM 1 FROM goods_lotstanding WHERE lot_id = ANY(concerned) ORDER BY lot_id FOR UPDATE;
    UPDATE goods_lotstanding s SET is_held = EXISTS (
        SELECT 1 FROM core_measure m WHERE m.ended_at IS NULL AND m.kind IN ('lot_hold', 'lot_destruction', 'recall')
            AND (m.subject_id = s.lot_id OR m.subject_id IN (SELECT subject_id FROM goods_package WHERE lot_id = s.lot_id)))
        WHERE s.lot_id = ANY(concerned);
    RETURN NULL;
END $$;
"""
HOLD_BEFORE = """
CREATE OR REPLACE FUNCTION goods_measure_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held_lot bigint;
BEGIN
    IF NEW.subject_id IS NULL OR NEW.kind NOT IN ('lot_hold', 'lot_destruction', 'recall') THEN
        RETURN NULL;
    END IF;
    SELECT COALESCE((SELECT lot_id FROM goods_package WHERE subject_id = NEW.subject_id), NEW.subject_id) INTO held_lot;
    PERFORM 1 FROM goods_lotstanding WHERE lot_id = held_lot FOR UPDATE;
    UPDATE goods_lotstanding SET is_held = EXISTS (
        SELECT 1 FROM core_measure m WHERE m.ended_at IS NULL AND m.kind IN ('lot_hold', 'lot_destruction', 'recall')
            AND (m.subject_id = held_lot OR m.subject_id IN (SELECT subject_id FROM goods_package WHERE lot_id = held_lot)))
        WHERE lot_id = held_lot;
    RETURN NULL;
END $$;
"""
RELEASE = """
CREATE FUNCTION goods_release_spreads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE goods_lotstanding SET is_released = true WHERE root_id = NEW.lot_id AND NOT is_released;
    RETURN NULL;
END $$;
CREATE TRIGGER goods_release_spreads AFTER INSERT ON goods_goodsevent
    FOR EACH ROW WHEN (NEW.kind = 'released') EXECUTE FUNCTION goods_release_spreads();
"""


class Migration(migrations.Migration):
    dependencies = [("goods", "0005_pallets")]

    operations = [
        migrations.RunSQL(HOLD, HOLD_BEFORE),
        migrations.RunSQL(
            RELEASE, "DROP TRIGGER goods_release_spreads ON goods_goodsevent; DROP FUNCTION goods_release_spreads()"
        ),
    ]
