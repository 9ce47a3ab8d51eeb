"""What can be wrong with a whole file, as opposed to one of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell about a file: a stable code and what fills its sentence (`core.import_words` has those)."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


class TableError(Exception):
    """A file cannot be read as the table it should be. `field` is the field or option concerned, if any."""

    def __init__(self, code: str, *, field: str | None = None, **params: str | int) -> None:
        self.remark = Remark(code, params)
        self.field = field
        super().__init__(f"{code}: " + ", ".join(f"{name}={value}" for name, value in params.items()))
