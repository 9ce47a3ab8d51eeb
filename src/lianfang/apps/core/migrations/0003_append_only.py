"""Facts, verdicts and the log can be added to, never changed: the database itself refuses."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

# A logged row may change once: when its evidence number is set. Everything else about it is fixed.
FUNCTIONS = """
CREATE FUNCTION lianfang_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION lianfang_only_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq IS NULL AND to_jsonb(NEW) - 'seq' = to_jsonb(OLD) - 'seq' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION lianfang_only_expire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.expired_at IS NULL AND NEW.expired_at IS NOT NULL AND NEW.content = ''::bytea AND NEW.sha256 = OLD.sha256 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION lianfang_only_expire();
DROP FUNCTION lianfang_only_number();
DROP FUNCTION lianfang_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        guard("core_evidenceentry", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("core_treehead", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("core_auditevent", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("core_factarchive", "DELETE", "lianfang_refuse_change"),
        guard("core_factarchive", "UPDATE", "lianfang_only_expire"),
        guard("core_verdict", "DELETE", "lianfang_refuse_change"),
        guard("core_verdict", "UPDATE", "lianfang_only_number"),
        guard("core_profileedition", "DELETE", "lianfang_refuse_change"),
        guard("core_profileedition", "UPDATE", "lianfang_only_number"),
        guard("core_control", "DELETE", "lianfang_refuse_change"),
        guard("core_control", "UPDATE", "lianfang_only_number"),
        guard("core_taskevent", "DELETE", "lianfang_refuse_change"),
        guard("core_taskevent", "UPDATE", "lianfang_only_number"),
    ]
