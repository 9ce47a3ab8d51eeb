"""Django's registration of the command app."""

from django.apps import AppConfig


class CommandConfig(AppConfig):
    """The command app."""

    name = "lianfang.apps.command"
    label = "command"
