"""Administrative divisions as published by the National Bureau of Statistics; an import, never a constant."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.Model):
    """One division. Codes nest by prefix: 14 province, 1408 city, 140826 county, 9 digits township, 12 village."""

    class Level(models.IntegerChoices):
        PROVINCE = 1, _("Province")
        CITY = 2, _("City")
        COUNTY = 3, _("County")
        TOWNSHIP = 4, _("Township")
        VILLAGE = 5, _("Village or community")

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=100)
    level = models.SmallIntegerField(choices=Level.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    # A published unit that later lists no longer name stays, with the day it was last seen: records refer to it.
    withdrawn_on = models.DateField(null=True)

    class Meta:
        ordering = ("code",)
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$"), name="area_code_form"
            ),
        ]

    def __str__(self) -> str:
        return self.code
