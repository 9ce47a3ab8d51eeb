"""The look-ups around a thing are planned once a session: planning them anew for every step took two thirds of a trace."""

from django.db import migrations

_FUNCTION = "FUNCTION epcis_neighbourhood(text[], boolean, text, integer, integer)"


class Migration(migrations.Migration):
    dependencies = [("epcis", "0005_lean_rows")]

    operations = [
        migrations.RunSQL(
            f"ALTER {_FUNCTION} SET plan_cache_mode = force_generic_plan",
            f"ALTER {_FUNCTION} RESET plan_cache_mode",
        ),
    ]
