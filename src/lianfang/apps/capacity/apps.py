"""Django's registration of the app of the laboratories' capacity."""

from django.apps import AppConfig


class CapacityConfig(AppConfig):
    """The app of the laboratories' capacity."""

    name = "lianfang.apps.capacity"
    label = "capacity"
