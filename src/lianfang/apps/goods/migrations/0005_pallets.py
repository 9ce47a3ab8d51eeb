"""Pallets: what stands on one moves with it; the database keeps the loads, and refuses to move palleted pieces as loose ones."""

import django.db.models.deletion
from django.db import migrations, models

# A step that names a pallet moves the pallet's load by its own lines. After every step no more of a lot stands on pallets of
# a place than there is; goods that leave the regime's hands (a shop takes them in) are off their pallet by that.
LOADS = """
CREATE FUNCTION goods_event_pallets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line record;
    load record;
    excess bigint;
    loading int := CASE NEW.kind WHEN 'palleted' THEN (NEW.detail->>'pieces')::int
        WHEN 'unpalleted' THEN -(NEW.detail->>'pieces')::int ELSE 0 END;
BEGIN
    IF NEW.detail ? 'pallet' THEN
        FOR line IN SELECT (q->>0)::bigint AS lot, (q->>1)::bigint AS place, (q->>2)::int AS delta
                FROM jsonb_array_elements(NEW.quantities) q
                UNION ALL SELECT NEW.lot_id, NEW.place_id, loading WHERE loading <> 0 ORDER BY 3, 1, 2 LOOP
            UPDATE goods_palletload SET n_pieces = n_pieces + line.delta
                WHERE sscc = NEW.detail->>'pallet' AND lot_id = line.lot AND place_id = line.place;
            IF NOT FOUND THEN
                INSERT INTO goods_palletload (sscc, lot_id, place_id, n_pieces)
                    VALUES (NEW.detail->>'pallet', line.lot, line.place, line.delta);
            END IF;
        END LOOP;
    END IF;
    FOR line IN SELECT DISTINCT given.lot, given.place FROM (
            SELECT (q->>0)::bigint AS lot, (q->>1)::bigint AS place FROM jsonb_array_elements(NEW.quantities) q
            UNION ALL SELECT NEW.lot_id, NEW.place_id WHERE loading <> 0) given LOOP
        excess := (SELECT COALESCE(SUM(n_pieces), 0) FROM goods_palletload
                WHERE lot_id = line.lot AND place_id = line.place)
            - COALESCE((SELECT n_pieces FROM goods_stock WHERE lot_id = line.lot AND place_id = line.place), 0);
        IF excess > 0 AND NEW.kind NOT IN ('received', 'sold', 'destroyed', 'returned') THEN
            RAISE EXCEPTION 'pieces of lot % are on a pallet', line.lot
                USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_pallet_stays';
        END IF;
        FOR load IN SELECT id, n_pieces FROM goods_palletload
                WHERE lot_id = line.lot AND place_id = line.place AND n_pieces > 0 ORDER BY sscc DESC LOOP
            EXIT WHEN excess <= 0;
            UPDATE goods_palletload SET n_pieces = n_pieces - LEAST(load.n_pieces, excess) WHERE id = load.id;
            excess := excess - load.n_pieces;
        END LOOP;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER goods_event_pallets AFTER INSERT ON goods_goodsevent
    FOR EACH ROW EXECUTE FUNCTION goods_event_pallets();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("goods", "0004_warehouse_guards"),
        ("places", "0003_contact_by_period"),
    ]

    operations = [
        migrations.AlterField(
            model_name="goodsevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("booked", "booked"),
                    ("arrived", "arrived"),
                    ("accepted", "accepted"),
                    ("stored", "stored"),
                    ("sampled", "sampled"),
                    ("tested", "tested"),
                    ("disinfected", "disinfected"),
                    ("released", "released"),
                    ("split", "split"),
                    ("merged", "merged"),
                    ("repacked", "repacked"),
                    ("palleted", "palleted"),
                    ("unpalleted", "unpalleted"),
                    ("dispatched", "dispatched"),
                    ("received", "received"),
                    ("sold", "sold"),
                    ("found", "found"),
                    ("sealed", "sealed"),
                    ("unsealed", "unsealed"),
                    ("destroyed", "destroyed"),
                    ("returned", "returned"),
                    ("recalled", "recalled"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="PalletLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sscc", models.CharField(max_length=18)),
                ("n_pieces", models.IntegerField()),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loads", to="goods.lot"
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sscc", "lot", "place"), name="pallet_load_once"),
                    models.CheckConstraint(condition=models.Q(("n_pieces__gte", 0)), name="pallet_not_overdrawn"),
                ],
            },
        ),
        migrations.RunSQL(
            LOADS, "DROP TRIGGER goods_event_pallets ON goods_goodsevent; DROP FUNCTION goods_event_pallets()"
        ),
    ]
