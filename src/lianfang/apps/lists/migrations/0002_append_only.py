"""What came with a list, what the linkage found and what people decided can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_initial"), ("core", "0003_append_only")]

    operations = [
        guard("lists_listedrow", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("lists_candidate", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("lists_rowdecision", "DELETE", "lianfang_refuse_change"),
        guard("lists_rowdecision", "UPDATE", "lianfang_only_number"),
    ]
