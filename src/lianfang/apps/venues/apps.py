"""Django's registration of the app of key places."""

from django.apps import AppConfig


class VenuesConfig(AppConfig):
    """The app of key places."""

    name = "lianfang.apps.venues"
    label = "venues"
