"""What was said, published, withdrawn and counted can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

NUMBERED = ("command_noticeversion", "command_noticeevent", "command_campaignreach", "command_campaignresult")
FIXED = ("command_contactpoint",)


class Migration(migrations.Migration):
    dependencies = [("command", "0001_telling_the_public"), ("core", "0003_append_only")]

    operations = [
        *(guard(table, "UPDATE", "lianfang_only_number") for table in NUMBERED),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in NUMBERED),
        *(guard(table, "UPDATE OR DELETE", "lianfang_refuse_change") for table in FIXED),
    ]
