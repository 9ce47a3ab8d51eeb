"""Django's registration of the doors' app."""

from django.apps import AppConfig


class GatesConfig(AppConfig):
    """The doors' app."""

    name = "lianfang.apps.gates"
    label = "gates"
