"""A decision-table row's sentence in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A row's sentence; `{name}` stands for a parameter of the reason."""

    en: str
    zh: str
