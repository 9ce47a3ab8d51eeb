"""What a list said, who decided about it and where its places are can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

NUMBERED = ("areas_risklist", "areas_risklistdecision", "areas_riskresolution")
FIXED = ("areas_riskplace", "areas_risklistrow")


class Migration(migrations.Migration):
    dependencies = [("areas", "0002_risk_lists"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in NUMBERED),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in NUMBERED),
        *(guard(table, "UPDATE OR DELETE", "lianfang_refuse_change") for table in FIXED),
    ]
