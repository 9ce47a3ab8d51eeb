"""Numbers of tubes are handed out once, by whoever asks, however many ask at a time."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("lab", "0011_out_open_tests")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE lab_tube_number MAXVALUE 99999999", "DROP SEQUENCE lab_tube_number"),
    ]
