"""Django's registration of the lab app."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """The lab app."""

    name = "lianfang.apps.lab"
    label = "lab"
