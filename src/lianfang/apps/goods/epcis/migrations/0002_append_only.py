"""An event can be added to the store, never changed: a wrong one is declared to be in error."""

from django.db import migrations

from lianfang.apps.core.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("epcis", "0001_epcis"), ("core", "0003_append_only")]

    operations = [
        guard("epcis_event", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("epcis_eventkey", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("epcis_reading", "UPDATE OR DELETE", "lianfang_refuse_change"),
        guard("epcis_link", "UPDATE OR DELETE", "lianfang_refuse_change"),
    ]
