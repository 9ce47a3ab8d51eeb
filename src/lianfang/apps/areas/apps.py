"""Django's registration of the areas app."""

from django.apps import AppConfig


class AreasConfig(AppConfig):
    """The areas app."""

    name = "lianfang.apps.areas"
    label = "areas"
