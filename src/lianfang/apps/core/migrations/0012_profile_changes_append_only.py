"""Proposals, approvals and dry runs can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

TABLES = ("core_profileproposal", "core_profileapproval", "core_profiledryrun")


class Migration(migrations.Migration):
    dependencies = [("core", "0011_profile_changes")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in TABLES),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in TABLES),
    ]
