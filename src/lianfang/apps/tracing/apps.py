"""Django's registration of the tracing app."""

from django.apps import AppConfig


class TracingConfig(AppConfig):
    """The tracing app."""

    name = "lianfang.apps.tracing"
    label = "tracing"
