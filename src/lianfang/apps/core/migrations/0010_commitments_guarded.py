"""A key of commitments may only be destroyed; a destruction is never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

FUNCTION = """
CREATE FUNCTION lianfang_only_destroy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cipher IS NULL AND OLD.cipher IS NOT NULL AND NEW.destroyed_at IS NOT NULL
        AND (NEW.id, NEW.kind, NEW.day) IS NOT DISTINCT FROM (OLD.id, OLD.kind, OLD.day) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % is append-only: a key may only be destroyed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0009_commitments")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION lianfang_only_destroy()"),
        guard("core_commitmentkey", "UPDATE", "lianfang_only_destroy"),
        guard("core_commitmentkey", "DELETE", "lianfang_refuse_change"),
        guard("core_destruction", "UPDATE", "lianfang_only_number"),
        guard("core_destruction", "DELETE", "lianfang_refuse_change"),
    ]
