"""Addresses of the pages that an investigation leads to; some belong to apps above this one, so they are not reversed."""

from urllib.parse import quote

from lianfang.rules.vocabulary import SubjectKind

_ROOTS = {SubjectKind.PERSON: "people", SubjectKind.LOT: "goods", SubjectKind.PACKAGE: "goods"}


def subject_url(kind: str, code: str) -> str:
    """Return the page of a person, lot or package; "" for a surface, which has none of its own."""
    root = _ROOTS.get(SubjectKind(kind))
    return f"/{root}/{quote(code)}/" if root else ""


def place_url(code: str) -> str:
    """Return the page of a place."""
    return f"/places/{quote(code)}/"


def task_url(task_id: int) -> str:
    """Return the page of a task."""
    return f"/tasks/{task_id}/"
