"""A signed head is never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("healthcode", "0007_signed_heads"), ("core", "0003_append_only")]

    operations = [
        guard("healthcode_signedhead", "UPDATE", "lianfang_refuse_change"),
        guard("healthcode_signedhead", "DELETE", "lianfang_refuse_change"),
    ]
