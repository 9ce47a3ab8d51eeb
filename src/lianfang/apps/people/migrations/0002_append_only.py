"""The facts of this app can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        guard("people_casereport", "DELETE", "lianfang_refuse_change"),
        guard("people_casereport", "UPDATE", "lianfang_only_number"),
    ]
