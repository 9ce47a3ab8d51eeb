"""Refuse models whose tables no migration makes. Needs no database."""

import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
    django.setup()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.utils.translation import deactivate_all

    deactivate_all()  # migrations hold the untranslated names
    loader = MigrationLoader(None)
    if conflicts := loader.detect_conflicts():
        print(f"migrations that exclude each other: {conflicts}")
        return 1
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    for label, migrations in changes.items():
        for operation in (operation for migration in migrations for operation in migration.operations):
            print(f"{label}: no migration does this: {operation.describe()}")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())
