"""Django's registration of the app of reports."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """The app of reports."""

    name = "lianfang.apps.reporting"
    label = "reporting"
