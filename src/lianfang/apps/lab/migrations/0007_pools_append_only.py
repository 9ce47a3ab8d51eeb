"""A shared tube's swabs are no more than its limit, by a foreign key; what is stored about it can be added to, never changed."""

from django.db import migrations

from lianfang.apps.core.append_only import guard

LIMIT = """
ALTER TABLE lab_poolmember ADD CONSTRAINT pool_member_limit
    FOREIGN KEY (pool_id, size_limit) REFERENCES lab_pool (id, size_limit) DEFERRABLE INITIALLY DEFERRED
"""
RESULT = """
CREATE TRIGGER lab_poolresult_guard BEFORE UPDATE OR DELETE ON lab_poolresult
    FOR EACH ROW EXECUTE FUNCTION lab_result_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("lab", "0006_pools"), ("core", "0003_append_only")]

    operations = [
        migrations.RunSQL(LIMIT, "ALTER TABLE lab_poolmember DROP CONSTRAINT pool_member_limit"),
        migrations.RunSQL(RESULT, "DROP TRIGGER lab_poolresult_guard ON lab_poolresult"),
        *(guard(table, "DELETE", "lianfang_refuse_change") for table in ("lab_pool", "lab_poolmember")),
        *(guard(table, "UPDATE", "lianfang_only_number") for table in ("lab_pool", "lab_poolmember")),
    ]
