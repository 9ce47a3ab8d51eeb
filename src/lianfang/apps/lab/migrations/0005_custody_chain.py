"""Every step of a tube continues its last one, by a foreign key of the table to itself; steps are append-only."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

CHAIN = """
ALTER TABLE lab_custodystep ADD CONSTRAINT custody_step_follows
    FOREIGN KEY (specimen_id, previous_number, previous) REFERENCES lab_custodystep (specimen_id, number, kind)
"""


class Migration(migrations.Migration):
    dependencies = [("lab", "0004_custody"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(CHAIN, "ALTER TABLE lab_custodystep DROP CONSTRAINT custody_step_follows"),
        guard("lab_custodystep", "DELETE", "lianfang_refuse_change"),
        guard("lab_custodystep", "UPDATE", "lianfang_only_number"),
    ]
