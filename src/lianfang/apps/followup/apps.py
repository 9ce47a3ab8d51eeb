"""Django's registration of the follow-up app."""

from django.apps import AppConfig


class FollowUpConfig(AppConfig):
    """The follow-up app."""

    name = "lianfang.apps.followup"
    label = "followup"
