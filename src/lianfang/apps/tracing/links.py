"""Where an investigation leads and how that is called; pages of apps above this one are not reversed, but spelt out."""

from urllib.parse import quote

from lianfang.apps.core.signs import sign_for
from lianfang.rules.vocabulary import SubjectKind

_ROOTS = {
    SubjectKind.PERSON: "people",
    SubjectKind.LOT: "goods",
    SubjectKind.PACKAGE: "goods",
    SubjectKind.SURFACE: "surfaces",
}


def subject_url(kind: str, code: str) -> str:
    """Return the page of a person, lot, package or surface."""
    return f"/{_ROOTS[SubjectKind(kind)]}/{quote(code)}/"


def place_url(code: str) -> str:
    """Return the page of a place."""
    return f"/places/{quote(code)}/"


def place_label(name: str, kind: str) -> str:
    """Return how a place is called: one made for a direct contact has no name of its own."""
    return name or str(sign_for("place", kind).word)


def task_url(task_id: int) -> str:
    """Return the page of a task."""
    return f"/tasks/{task_id}/"
