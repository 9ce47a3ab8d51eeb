"""Django's registration of the places app."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The places app."""

    name = "lianfang.apps.places"
    label = "places"
