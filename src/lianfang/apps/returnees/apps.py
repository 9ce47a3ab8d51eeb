"""Django's registration of the returnees app."""

from django.apps import AppConfig


class ReturneesConfig(AppConfig):
    """The returnees app."""

    name = "lianfang.apps.returnees"
    label = "returnees"
