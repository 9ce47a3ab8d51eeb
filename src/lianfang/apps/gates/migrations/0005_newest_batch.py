"""A door's mark says which batch is its newest: what waits to be followed up is found without looking through the batches."""

from django.db import migrations, models

FILL = """
UPDATE gates_highwatermark m SET newest_batch = b.newest
FROM (SELECT device_id, max(id) AS newest FROM gates_gatebatch GROUP BY device_id) b WHERE b.device_id = m.device_id
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0004_leases_and_held_up")]

    operations = [
        migrations.AddField("highwatermark", "newest_batch", models.BigIntegerField(default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
