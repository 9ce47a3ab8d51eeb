"""A code's phone and its withdrawal can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

TABLES = ("healthcode_codeholder", "healthcode_codewithdrawal")


class Migration(migrations.Migration):
    dependencies = [("healthcode", "0005_own_codes"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
    ]
