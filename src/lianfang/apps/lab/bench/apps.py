"""Django app of the bench."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    """Registers the app."""

    name = "lianfang.apps.lab.bench"
    label = "bench"
