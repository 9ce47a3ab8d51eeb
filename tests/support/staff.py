"""The fixed cast of staff: one account per role, made the quick way for tests that are not about accounts."""

from django.test import Client

from lianfang.apps.core.models import Organisation, Role, User

COUNTY = "140826"
TOWNSHIP = "140826100"
OTHER_TOWNSHIP = "140826101"
VILLAGE = "140826100200"
OTHER_COUNTY = "140825"
PASSWORD = "open-sesame-2020"


def staff(role: str = Role.COMMAND, *, area_code: str = COUNTY, username: str | None = None, **fields: object) -> User:
    """Make an account that has chosen its password."""
    user = User(
        username=username or f"{role}-{area_code}", display_name="王值班", role=role, area_code=area_code, **fields
    )
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user: User) -> Client:
    """Return a browser in which the user is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def organisation(code: str, kind: str, responsible_kind: str, area_code: str = COUNTY, name: str = "") -> Organisation:
    """Make an organisation."""
    return Organisation.objects.create(
        code=code, name=name or code, kind=kind, responsible_kind=responsible_kind, area_code=area_code
    )
