"""Shapes of the core's API answers."""

from ninja import Schema


class MeSchema(Schema):
    """The member of staff who asks: what they are and may do."""

    username: str
    display_name: str
    role: str
    area_code: str
    organisation: str | None
    permissions: list[str]


class RefusalSchema(Schema):
    """Every refusal has a stable code; `field` names what it concerns, if anything."""

    code: str
    message: str
    field: str | None
