"""Facts are append-only; stock and flags follow from events; nothing is overdrawn and nothing held or unreleased leaves."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

# One event row is applied line by line, each lot's standing locked first (in order of lots), so that sessions queue up.
# Every statement below sees what committed while it waited for that lock.
APPLY = """
CREATE FUNCTION goods_event_applies() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line record;
    stands goods_lotstanding%ROWTYPE;
    total bigint := 0;
    n_lines int := 0;
    from_released boolean := true;
    from_held boolean := false;
    from_sealed boolean := false;
    from_recalled boolean := false;
BEGIN
    PERFORM 1 FROM goods_lotstanding WHERE lot_id = NEW.lot_id
        OR lot_id IN (SELECT (q->>0)::bigint FROM jsonb_array_elements(NEW.quantities) q) ORDER BY lot_id FOR UPDATE;
    FOR line IN SELECT (q->>0)::bigint AS lot, (q->>1)::bigint AS place, (q->>2)::int AS delta
            FROM jsonb_array_elements(NEW.quantities) q ORDER BY 3, 1, 2 LOOP
        SELECT * INTO stands FROM goods_lotstanding WHERE lot_id = line.lot;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lot % is not in the regime', line.lot
                USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_in_regime';
        END IF;
        total := total + line.delta;
        n_lines := n_lines + 1;
        IF line.delta < 0 THEN
            IF NEW.kind IN ('dispatched', 'sold') AND NOT stands.is_released THEN
                RAISE EXCEPTION 'lot % is not released', line.lot
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_only_released_leave';
            END IF;
            IF NEW.kind IN ('dispatched', 'sold', 'split', 'merged', 'repacked')
                    AND (stands.is_held OR stands.is_sealed OR stands.is_recalled) THEN
                RAISE EXCEPTION 'lot % is held', line.lot
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_held_stay';
            END IF;
            from_released := from_released AND stands.is_released;
            from_held := from_held OR stands.is_held;
            from_sealed := from_sealed OR stands.is_sealed;
            from_recalled := from_recalled OR stands.is_recalled;
        ELSIF NEW.kind IN ('split', 'merged', 'repacked') THEN
            UPDATE goods_lotstanding SET is_released = from_released, is_held = from_held, is_sealed = from_sealed,
                is_recalled = from_recalled WHERE lot_id = line.lot;
        END IF;
        UPDATE goods_stock SET n_pieces = n_pieces + line.delta,
                since = CASE WHEN n_pieces = 0 THEN NEW.at ELSE since END
            WHERE lot_id = line.lot AND place_id = line.place;
        IF NOT FOUND THEN
            INSERT INTO goods_stock (lot_id, place_id, n_pieces, since) VALUES (line.lot, line.place, line.delta, NEW.at);
        END IF;
    END LOOP;
    IF NOT (CASE
            WHEN NEW.kind IN ('arrived', 'found') THEN total > 0
            WHEN NEW.kind IN ('sold', 'destroyed', 'returned') THEN total < 0
            WHEN NEW.kind = 'repacked' THEN n_lines > 1
            WHEN NEW.kind IN ('stored', 'split', 'merged', 'dispatched', 'received') THEN total = 0 AND n_lines > 1
            ELSE n_lines = 0 END) THEN
        RAISE EXCEPTION 'quantities of % do not balance', NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_balance';
    END IF;
    IF NEW.kind IN ('arrived', 'found') THEN
        UPDATE goods_lotstanding SET arrived_at = NEW.at WHERE lot_id = NEW.lot_id AND arrived_at IS NULL;
    ELSIF NEW.kind = 'released' THEN
        UPDATE goods_lotstanding SET is_released = true WHERE lot_id = NEW.lot_id;
    ELSIF NEW.kind = 'sealed' THEN
        UPDATE goods_lotstanding SET is_sealed = true WHERE lot_id = NEW.lot_id;
    ELSIF NEW.kind = 'unsealed' THEN
        UPDATE goods_lotstanding SET is_sealed = false, is_recalled = false WHERE lot_id = NEW.lot_id;
    ELSIF NEW.kind = 'recalled' THEN
        UPDATE goods_lotstanding SET is_recalled = true WHERE lot_id = NEW.lot_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER goods_event_applies AFTER INSERT ON goods_goodsevent
    FOR EACH ROW EXECUTE FUNCTION goods_event_applies();
"""
# A measure ordered for a lot or one of its packages holds the lot at once, in the measure's own transaction.
HOLD = """
CREATE FUNCTION goods_measure_holds() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER goods_measure_holds AFTER INSERT OR UPDATE OF ended_at ON core_measure
    FOR EACH ROW EXECUTE FUNCTION goods_measure_holds();
"""
FACTS = (
    "goods_booking",
    "goods_certificate",
    "goods_certificatecheck",
    "goods_goodsevent",
    "goods_scan",
    "goods_recallnotice",
    "goods_recallreply",
    "goods_inspection",
    "goods_penalty",
)


class Migration(migrations.Migration):
    dependencies = [("goods", "0003_warehouse"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(
            APPLY, "DROP TRIGGER goods_event_applies ON goods_goodsevent; DROP FUNCTION goods_event_applies()"
        ),
        migrations.RunSQL(
            HOLD, "DROP TRIGGER goods_measure_holds ON core_measure; DROP FUNCTION goods_measure_holds()"
        ),
        guard("goods_temperature", "UPDATE OR DELETE", "lianfang_refuse_change"),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in FACTS),
        *(guard(table, "UPDATE", "lianfang_only_number") for table in FACTS),
    ]
