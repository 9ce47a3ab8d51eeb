from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("healthcode", "0008_signed_heads_append_only"),
    ]

    operations = [
        migrations.AlterField(
            model_name="riskstay",
            name="basis",
            field=models.CharField(
                choices=[
                    ("transport", "List of a transport operator"),
                    ("telecom", "Telecom records"),
                    ("other_county", "Notice of another county"),
                    ("investigation", "Epidemiological investigation"),
                ],
                max_length=16,
            ),
        ),
    ]
