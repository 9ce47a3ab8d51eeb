"""What retention leaves of an archive also says up to when; that day may be moved on, never back."""

from django.db import migrations, models

_FUNCTION = """
CREATE OR REPLACE FUNCTION lianfang_only_expire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.expired_at IS NOT NULL AND NEW.content = ''::bytea AND {condition}
       AND to_jsonb(NEW) - '{{content,expired_at,expired_before}}'::text[]
         = to_jsonb(OLD) - '{{content,expired_at,expired_before}}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
MOVED_ON = """
    NEW.expired_before IS NOT NULL AND (OLD.expired_at IS NULL
        OR (NEW.expired_at = OLD.expired_at AND NEW.expired_before > OLD.expired_before))
"""
ONCE = "OLD.expired_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit_subject")]

    operations = [
        migrations.AddField(
            model_name="factarchive",
            name="expired_before",
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(_FUNCTION.format(condition=MOVED_ON), _FUNCTION.format(condition=ONCE)),
    ]
