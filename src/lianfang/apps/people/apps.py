"""Django's registration of the people app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The people app."""

    name = "lianfang.apps.people"
    label = "people"
