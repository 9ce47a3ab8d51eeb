"""Django's registration of the lists app."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """The lists app."""

    name = "lianfang.apps.lists"
    label = "lists"
