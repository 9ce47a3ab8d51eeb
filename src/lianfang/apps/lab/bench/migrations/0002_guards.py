"""A well is open as long as its plate, and fixed once that is sealed; what was read and signed can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

# Closing a plate closes its wells: that is how a tube is on one open plate only.
STATE = """
ALTER TABLE bench_well ADD CONSTRAINT bench_well_state
    FOREIGN KEY (plate_id, is_open) REFERENCES bench_plate (id, is_open) ON UPDATE CASCADE
"""
# What stands on the printed layout is what the run is read by.
SEALED = """
CREATE FUNCTION bench_well_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'is_open' = to_jsonb(OLD) - 'is_open' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM bench_plate
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.plate_id ELSE NEW.plate_id END AND sealed_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the plate is sealed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER bench_well_guard BEFORE INSERT OR UPDATE OR DELETE ON bench_well
    FOR EACH ROW EXECUTE FUNCTION bench_well_guard();
"""
FACTS = ("bench_reagentlot", "bench_run", "bench_readwell", "bench_runsignature", "bench_setaside")
FIXED = ("bench_runfile", "bench_judgement", "bench_wellcall")


class Migration(migrations.Migration):
    dependencies = [("bench", "0001_bench"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(STATE, "ALTER TABLE bench_well DROP CONSTRAINT bench_well_state"),
        migrations.RunSQL(SEALED, "DROP TRIGGER bench_well_guard ON bench_well; DROP FUNCTION bench_well_guard()"),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in FACTS),
        *(guard(table, "UPDATE", "lianfang_only_number") for table in FACTS),
        *(guard(table, "UPDATE OR DELETE", "lianfang_refuse_change") for table in FIXED),
    ]
