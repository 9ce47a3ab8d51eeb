"""The facts of this app can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

# A draft may be edited and thrown away; from its signature on a result is fixed but for its evidence number.
RESULT = """
CREATE FUNCTION lab_result_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND to_jsonb(NEW) - 'seq' = to_jsonb(OLD) - 'seq' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a signed result is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER lab_result_guard BEFORE UPDATE OR DELETE ON lab_result
    FOR EACH ROW EXECUTE FUNCTION lab_result_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("lab", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(RESULT, "DROP TRIGGER lab_result_guard ON lab_result; DROP FUNCTION lab_result_guard()"),
        guard("lab_specimen", "DELETE", "lianfang_refuse_change"),
        guard("lab_specimen", "UPDATE", "lianfang_only_number"),
    ]
