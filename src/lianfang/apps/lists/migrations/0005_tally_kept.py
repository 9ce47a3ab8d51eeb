"""Counts of a list's rows by division and state, kept by the database as rows come and are decided."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

FUNCTIONS = """
CREATE FUNCTION lianfang_tally_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lists_tally (batch_id, area_code, state, n)
    SELECT batch_id, area_code, '', count(*) FROM added GROUP BY batch_id, area_code;
    RETURN NULL;
END $$;
CREATE FUNCTION lianfang_tally_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lists_tally (batch_id, area_code, state, n)
    SELECT r.batch_id, r.area_code, a.state, count(*) FROM added a JOIN lists_listedrow r ON r.id = a.row_id
    GROUP BY r.batch_id, r.area_code, a.state;
    RETURN NULL;
END $$;
CREATE FUNCTION lianfang_tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lists_tally (batch_id, area_code, state, n)
    SELECT r.batch_id, r.area_code, moved.state, sum(moved.n)
    FROM (SELECT row_id, state, 1 AS n FROM added UNION ALL SELECT row_id, state, -1 FROM removed) moved
    JOIN lists_listedrow r ON r.id = moved.row_id
    GROUP BY r.batch_id, r.area_code, moved.state HAVING sum(moved.n) <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION lianfang_tally_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lists_tally (batch_id, area_code, state, n)
    SELECT r.batch_id, r.area_code, d.state, -count(*) FROM removed d JOIN lists_listedrow r ON r.id = d.row_id
    GROUP BY r.batch_id, r.area_code, d.state;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_received AFTER INSERT ON lists_listedrow REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lianfang_tally_received();
CREATE TRIGGER tally_decided AFTER INSERT ON lists_rowstate REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION lianfang_tally_decided();
CREATE TRIGGER tally_moved AFTER UPDATE ON lists_rowstate REFERENCING NEW TABLE AS added OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION lianfang_tally_moved();
CREATE TRIGGER tally_removed AFTER DELETE ON lists_rowstate REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION lianfang_tally_removed();
"""
COUNTED = """
INSERT INTO lists_tally (batch_id, area_code, state, n)
SELECT batch_id, area_code, '', count(*) FROM lists_listedrow GROUP BY batch_id, area_code
UNION ALL
SELECT r.batch_id, r.area_code, s.state, count(*) FROM lists_rowstate s JOIN lists_listedrow r ON r.id = s.row_id
GROUP BY r.batch_id, r.area_code, s.state
"""
DROPPED = """
DROP FUNCTION lianfang_tally_received() CASCADE;
DROP FUNCTION lianfang_tally_decided() CASCADE;
DROP FUNCTION lianfang_tally_moved() CASCADE;
DROP FUNCTION lianfang_tally_removed() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("lists", "0004_tally"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROPPED),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        guard("lists_tally", "UPDATE OR DELETE", "lianfang_refuse_change"),
    ]
