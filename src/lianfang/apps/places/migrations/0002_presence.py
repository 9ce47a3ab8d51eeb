"""Presences: one partition a county day, made when the first row of that day arrives."""

from django.db import migrations

# No foreign keys here: rows come from COPY after their ids were resolved in the same transaction, subjects and places
# are never deleted, and three look-ups a row would double the time of a load of millions.
TABLE = """
CREATE TABLE places_presence (
    subject_id bigint NOT NULL,
    place_id bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    batch_id bigint NOT NULL,
    CONSTRAINT presence_has_length CHECK (ends_at IS NULL OR ends_at > starts_at),
    CONSTRAINT presence_once UNIQUE NULLS NOT DISTINCT (subject_id, starts_at, place_id, ends_at)
) PARTITION BY RANGE (starts_at);
CREATE INDEX presence_place ON places_presence (place_id, starts_at) INCLUDE (ends_at, subject_id);
-- Few, but they would make every search by place reach back without end (see places/store.py).
CREATE INDEX presence_long ON places_presence (place_id, starts_at)
    WHERE ends_at IS NULL OR ends_at - starts_at > '24:00:00'::interval;
CREATE TRIGGER places_presence_guard BEFORE UPDATE OR DELETE ON places_presence
    FOR EACH ROW EXECUTE FUNCTION lianfang_refuse_change();
CREATE TRIGGER places_contactreport_guard BEFORE UPDATE OR DELETE ON places_contactreport
    FOR EACH ROW EXECUTE FUNCTION lianfang_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(
            TABLE, "DROP TABLE places_presence; DROP TRIGGER places_contactreport_guard ON places_contactreport"
        )
    ]
