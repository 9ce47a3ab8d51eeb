"""The migration operation by which a table of facts becomes append-only."""

from django.db import migrations


def guard(table: str, event: str, function: str) -> migrations.RunSQL:
    """Return an operation that makes `function` a row trigger for `event` (UPDATE, DELETE or both) on the table."""
    name = f"{table}_{event.lower().replace(' ', '_')}_guard"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name} ON {table}",
    )
