"""What staff changed can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("people", "0005_person_edit"), ("core", "0003_append_only")]

    operations = [
        guard("people_personedit", "DELETE", "lianfang_refuse_change"),
        guard("people_personedit", "UPDATE", "lianfang_only_number"),
    ]
