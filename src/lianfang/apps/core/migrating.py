"""Bringing the tables up to date in half of Django's time (ADR 56)."""

from typing import Any

from django.core.management import call_command
from django.db.migrations.state import ProjectState

_reload_with_all = ProjectState.reload_model


def render_less() -> None:
    """Have migrations render anew only what an operation needs, for the life of this process.

    Django renders, after each new table, index and constraint, every model that leads to it over any number of references: nearly
    all. PostgreSQL needs the model itself and those it refers to.
    """
    for name, lean in (("reload_model", _reload_model), ("_append_option", _append_option)):
        setattr(ProjectState, name, lean)


def migrate(*, verbosity: int = 0) -> None:
    """Apply the migrations that have not been applied; repeating it changes nothing."""
    render_less()
    call_command("migrate", interactive=False, verbosity=verbosity)


def _reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:  # noqa: ARG001, FBT001
    _reload_with_all(state, app_label, model_name, delay=True)


def _append_option(state: ProjectState, app_label: str, model_name: str, option: str, added: Any) -> None:
    options = state.models[app_label, model_name].options
    options[option] = [*options.get(option, []), added]
