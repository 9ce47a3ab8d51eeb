"""What is asked of the trace: one direction around one index."""

from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.apps.core.models import Subject
from lianfang.rules.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Question:
    """One direction of the trace around one index; `group`: the index subjects with their windows, epoch seconds."""

    direction: Direction
    subject: Subject
    group: Mapping[int, tuple[int, int]]
    generations: int

    @property
    def is_backward(self) -> bool:
        """Whether it asks where the index may have caught it."""
        return self.direction is Direction.BACKWARD
