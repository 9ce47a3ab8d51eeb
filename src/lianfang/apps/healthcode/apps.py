"""Django's registration of the health code app."""

from django.apps import AppConfig


class HealthcodeConfig(AppConfig):
    """The health code app."""

    name = "lianfang.apps.healthcode"
    label = "healthcode"
