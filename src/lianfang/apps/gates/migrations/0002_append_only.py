from django.db import migrations

from lianfang.apps.core.append_only import guard

NEVER = ("gates_gateevent", "gates_quarantine", "gates_gaterecheck", "gates_feversign")


class Migration(migrations.Migration):
    dependencies = [("gates", "0001_doors")]

    operations = [
        *(guard(table, "UPDATE OR DELETE", "lianfang_refuse_change") for table in NEVER),
        guard("gates_gatebatch", "UPDATE", "lianfang_only_number"),
        guard("gates_gatebatch", "DELETE", "lianfang_refuse_change"),
    ]
