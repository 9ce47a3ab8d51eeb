"""Django app of EPCIS."""

from django.apps import AppConfig


class EpcisConfig(AppConfig):
    """Registers the app."""

    name = "lianfang.apps.goods.epcis"
    label = "epcis"
