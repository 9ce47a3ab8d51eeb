"""The links around some things in one call: asked for step by step from outside, the ways to and fro took most of the time."""

from django.db import migrations

CREATE = """
CREATE FUNCTION epcis_neighbourhood(roots text[], backward boolean, area text, n_steps integer, at_most integer)
RETURNS TABLE (step integer, source text, target text, at timestamptz) LANGUAGE plpgsql STABLE AS $$
DECLARE
    front text[] := roots;
    seen text[] := roots;
    sources text[];
    targets text[];
    times timestamptz[];
BEGIN
    FOR n IN 1..n_steps LOOP
        -- An event that was declared in error leads nowhere.
        SELECT array_agg(f.source), array_agg(f.target), array_agg(f.at) INTO sources, targets, times FROM (
            SELECT DISTINCT l.source::text, l.target::text, l.at
            FROM (
                SELECT * FROM epcis_link WHERE backward AND epcis_link.target = ANY(front)
                UNION ALL SELECT * FROM epcis_link WHERE NOT backward AND epcis_link.source = ANY(front)
            ) l JOIN epcis_event e ON e.id = l.event_id
            WHERE starts_with(e.area_code, area)
                AND NOT EXISTS (SELECT FROM epcis_event d WHERE d.event_id = e.event_id AND d.is_error)
        ) f;
        EXIT WHEN sources IS NULL;
        RETURN QUERY SELECT n, f.* FROM unnest(sources, targets, times) f;
        front := ARRAY(
            SELECT DISTINCT far.name FROM unnest(CASE WHEN backward THEN sources ELSE targets END) far(name)
            WHERE NOT EXISTS (SELECT FROM unnest(seen) known(name) WHERE known.name = far.name)
        );
        seen := seen || front;
        EXIT WHEN cardinality(front) = 0 OR cardinality(seen) > at_most;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("epcis", "0003_checked_by_statement")]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION epcis_neighbourhood(text[], boolean, text, integer, integer);"),
    ]
