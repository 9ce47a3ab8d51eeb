"""What holds for a key place and what it logs can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

TABLES = ("venues_registration", "venues_logentry")


class Migration(migrations.Migration):
    dependencies = [("venues", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
    ]
