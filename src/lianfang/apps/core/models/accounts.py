"""Staff accounts and the organisations of the four responsibilities (S-1.1)."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.rules.vocabulary import ResponsibleKind


class Role(models.TextChoices):
    """What a member of staff is; `core.permissions` says what each may do."""

    COMMAND = "command", _("Command duty officer")
    EPIDEMIOLOGIST = "epidemiologist", _("Epidemiologist")
    COMMUNITY = "community", _("Township or village staff")
    LABORATORY = "laboratory", _("Laboratory technician")
    WAREHOUSE = "warehouse", _("Warehouse keeper")
    REGULATOR = "regulator", _("Industry regulator")
    UNIT = "unit", _("Employer or venue")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("System administrator")


class Organisation(models.Model):
    """A township, village committee, regulator, employer, venue, hospital or warehouse that answers for something."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    responsible_kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in ResponsibleKind])
    kind = models.CharField(
        max_length=32, help_text="township, village, regulator, employer, venue, hospital, warehouse"
    )
    area_code = models.CharField(max_length=12, db_index=True)
    uscc = models.CharField(max_length=18, blank=True, help_text="unified social credit code, GB 32100-2015")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class UserManager(BaseUserManager["User"]):
    """Creates accounts; the password is set by the caller's service."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account of a name, in any case."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A member of staff: one role, one area (a division code covering everything below it), one organisation."""

    username = models.CharField(max_length=64, unique=True)
    display_name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role.choices)
    area_code = models.CharField(max_length=12, help_text="division code; covers every code that starts with it")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name", "role", "area_code"]
    objects = UserManager()

    class Meta:
        ordering = ("username",)
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(area_code=""), name="user_has_area"),
        ]

    def __str__(self) -> str:
        return self.username
