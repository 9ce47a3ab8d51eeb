"""What laboratories entered, and the plan and its evidence, can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

TABLES = ("capacity_laboratoryentry", "capacity_milestone", "capacity_milestoneevidence")


class Migration(migrations.Migration):
    dependencies = [("capacity", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
    ]
