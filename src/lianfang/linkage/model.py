"""An edition of the linkage model: comparisons with their levels and the probabilities on which a weight rests."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

CURRENT_EDITION = "persons-2020-12"


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement. condition: SQL over `<column>_l` (the list) and `<column>_r` (the register); "else".

    agree, unlike: how often two records of one person, and of two persons, fall here; None for "nothing is known".
    """

    code: str
    condition: str
    agree: float | None
    unlike: float | None
    by_frequency: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The levels of one field, from the best down; the first whose condition holds counts."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One dated edition; expected_share: of a list's rows that are persons of the register."""

    edition: str
    expected_share: float
    sources: dict[str, str]
    comparisons: tuple[Comparison, ...]
    blocking: tuple[str, ...]


@cache
def load_edition(name: str = CURRENT_EDITION) -> Edition:
    """Read an edition that comes with the package. Raises: FileNotFoundError."""
    text = resources.files("lianfang.linkage").joinpath("editions", f"{name}.json").read_text(encoding="utf-8")
    return read_edition(json.loads(text))


def read_edition(content: dict[str, Any]) -> Edition:
    """Return the edition of a JSON text's content."""
    comparisons = tuple(
        Comparison(each["name"], tuple(Level(**level) for level in each["levels"])) for each in content["comparisons"]
    )
    return Edition(
        content["edition"], content["expected_share"], content["sources"], comparisons, tuple(content["blocking"])
    )
