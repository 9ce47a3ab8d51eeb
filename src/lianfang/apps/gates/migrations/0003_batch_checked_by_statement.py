"""References of events are checked for all rows of a statement at once: two look-ups a row were two thirds of its cost."""

from django.db import migrations, models
from django.db.models import deletion

CHECK = """
CREATE FUNCTION lianfang_events_of_their_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM (SELECT DISTINCT batch_id, device_id FROM added) told
        WHERE NOT EXISTS (
            SELECT FROM gates_gatebatch b WHERE b.id = told.batch_id AND b.device_id = told.device_id);
    IF FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'an event belongs to a batch of its own door';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gates_gateevent_of_its_batch AFTER INSERT ON gates_gateevent
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lianfang_events_of_their_batch();
"""
NO_CHECK = """
DROP TRIGGER gates_gateevent_of_its_batch ON gates_gateevent;
DROP FUNCTION lianfang_events_of_their_batch();
"""


def _reference(to: str, *, db_index: bool = True) -> "models.ForeignKey[object, object]":
    return models.ForeignKey(
        on_delete=deletion.PROTECT, related_name="+", to=to, db_constraint=False, db_index=db_index
    )


class Migration(migrations.Migration):
    dependencies = [("gates", "0002_append_only")]

    operations = [
        migrations.AlterField("gateevent", "device", _reference("gates.gatedevice", db_index=False)),
        migrations.AlterField("gateevent", "batch", _reference("gates.gatebatch")),
        migrations.RunSQL(CHECK, NO_CHECK),
    ]
