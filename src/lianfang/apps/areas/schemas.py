"""Shapes of the areas' API answers."""

from ninja import Schema


class UnitSchema(Schema):
    """One division: code and name."""

    code: str
    name: str


class AreaSchema(Schema):
    """One division with where it lies and what lies in it."""

    code: str
    name: str
    level: int
    path: list[UnitSchema]
    children: list[UnitSchema]
    is_withdrawn: bool
