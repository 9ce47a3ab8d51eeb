"""Issued codes can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("healthcode", "0003_issued_code"), ("core", "0003_append_only")]

    operations = [
        guard("healthcode_issuedcode", "UPDATE", "lianfang_only_number"),
        guard("healthcode_issuedcode", "DELETE", "lianfang_refuse_change"),
    ]
