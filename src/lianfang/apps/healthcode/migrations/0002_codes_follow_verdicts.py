"""Evidence and appeals can be added to, never changed; a person's code is moved by the insertion of a verdict alone."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

NUMBERED = ("healthcode_riskstay", "healthcode_appeal", "healthcode_appealdecision")
FUNCTIONS = """
CREATE FUNCTION lianfang_move_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO healthcode_currentcode (subject_id, verdict_id, colour, until_s)
    VALUES (NEW.subject_id, NEW.id, coalesce(NEW.outcome ->> 'colour', ''), (NEW.outcome ->> 'until')::bigint)
    ON CONFLICT (subject_id) DO UPDATE
    SET verdict_id = excluded.verdict_id, colour = excluded.colour, until_s = excluded.until_s
    WHERE healthcode_currentcode.verdict_id < excluded.verdict_id;
    RETURN NULL;
END $$;
CREATE FUNCTION lianfang_refuse_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 AND TG_OP <> 'DELETE' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a health code follows from a verdict' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_verdict_code AFTER INSERT ON core_verdict FOR EACH ROW
    WHEN (NEW.kind = 'decide_colour') EXECUTE FUNCTION lianfang_move_code();
"""
DROP = """
DROP TRIGGER core_verdict_code ON core_verdict;
DROP FUNCTION lianfang_refuse_code();
DROP FUNCTION lianfang_move_code();
"""


class Migration(migrations.Migration):
    dependencies = [("healthcode", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in NUMBERED),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in NUMBERED),
        migrations.RunSQL(FUNCTIONS, DROP),
        guard("healthcode_currentcode", "INSERT OR UPDATE OR DELETE", "lianfang_refuse_code"),
    ]
