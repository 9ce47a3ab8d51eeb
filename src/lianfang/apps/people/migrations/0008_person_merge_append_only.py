"""That records were merged or parted can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("people", "0007_person_merge"), ("core", "0003_append_only")]

    operations = [
        guard("people_personmerge", "DELETE", "lianfang_refuse_change"),
        guard("people_personmerge", "UPDATE", "lianfang_only_number"),
    ]
