"""Django's registration of the goods app."""

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    """The goods app."""

    name = "lianfang.apps.goods"
    label = "goods"
