"""What was recorded can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

TABLES = ("followup_healthrecord", "followup_transfer")


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
    ]
