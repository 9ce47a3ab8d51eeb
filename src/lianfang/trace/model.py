"""What a trace is asked with and what it answers: checked arrays and frozen values, no algorithm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int64: TypeAlias = npt.NDArray[np.int64]
Direction: TypeAlias = Literal["forward", "backward"]
PlaceKinds: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.integer[Any]]]

EVERYONE: Final = "all"
"""As a query's index: every subject is an index for all time; the answer is the direct edges only."""

TIME_LIMIT: Final = 1 << 53
"""Times and durations beyond +-2**53 s are refused: sums stay far from the int64 limits, and JSON keeps them exact."""

EXPOSURES_SCHEMA: Final = pa.schema(
    [
        pa.field("subject", pa.int64(), nullable=False),
        pa.field("generation", pa.int32(), nullable=False),
        pa.field("first", pa.int64(), nullable=False),
        pa.field("last", pa.int64(), nullable=False),
        pa.field("seconds", pa.int64(), nullable=False),
        pa.field("union_seconds", pa.int64(), nullable=False),
        pa.field("places", pa.int32(), nullable=False),
        pa.field("sources", pa.int32(), nullable=False),
        pa.field("via_subject", pa.int64(), nullable=False),
        pa.field("via_place", pa.int64()),
    ]
)

EDGES_SCHEMA: Final = pa.schema(
    [
        pa.field("source", pa.int64(), nullable=False),
        pa.field("exposed", pa.int64(), nullable=False),
        pa.field("place", pa.int64()),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("lingering", pa.bool_(), nullable=False),
    ]
)


class InvalidTraceInputError(ValueError):
    """Facts or options the engine refuses; the message names the array or option."""

    code = "trace.invalid_input"


def int64_column(name: str, values: npt.ArrayLike, *, is_time: bool = False) -> Int64:
    """An integer array-like as contiguous int64[n]. Raises: InvalidTraceInputError naming it."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise InvalidTraceInputError(f"{name}: expected one dimension, got {array.ndim}")
    if array.size and array.dtype.kind not in "iu":
        raise InvalidTraceInputError(f"{name}: expected integers, got {array.dtype}")
    if array.dtype == np.uint64 and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InvalidTraceInputError(f"{name}: a value does not fit int64")
    column = np.ascontiguousarray(array, dtype=np.int64)
    if is_time and column.size and (int(column.max()) > TIME_LIMIT or int(column.min()) < -TIME_LIMIT):
        raise InvalidTraceInputError(f"{name}: a time is beyond +-2**53 s")
    return column


def _same_length(**columns: Int64) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise InvalidTraceInputError(f"columns differ in length: {sizes}")


@dataclass(frozen=True, eq=False)
class Presences:
    """Who was where and when.

    Args:    subject, place, t_in, t_out: int64[n] (any integer array-like); seconds, half-open, t_in < t_out. Any order;
             duplicates and overlapping stays are fine: stays of one subject at one place that overlap or touch are one stay.
    Raises:  InvalidTraceInputError. An open stay must have been closed by the caller.
    Note:    the engine keeps its sorted copy on this object, so asking again about the same Presences is fast;
             do not change the arrays afterwards.
    """

    subject: Int64
    place: Int64
    t_in: Int64
    t_out: Int64
    sorted_copies: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("subject", "place", "t_in", "t_out"):
            object.__setattr__(self, name, int64_column(name, getattr(self, name), is_time=name.startswith("t_")))
        _same_length(subject=self.subject, place=self.place, t_in=self.t_in, t_out=self.t_out)
        wrong = np.flatnonzero(self.t_out <= self.t_in)
        if wrong.size:
            raise InvalidTraceInputError(f"t_out: row {wrong[0]} ends no later than it starts")

    def __len__(self) -> int:
        return len(self.subject)


@dataclass(frozen=True, eq=False)
class Links:
    """What `from_` was at `at` became (part of) `to`: a split, merge or repacking of goods.

    Args:    from_, to: int64[n] subjects; at: int64[n] seconds. Repeated links count once.
    Raises:  InvalidTraceInputError.
    """

    from_: Int64
    to: Int64
    at: Int64

    def __post_init__(self) -> None:
        for name in ("from_", "to", "at"):
            object.__setattr__(self, name, int64_column(name, getattr(self, name), is_time=name == "at"))
        _same_length(from_=self.from_, to=self.to, at=self.at)


@dataclass(frozen=True, eq=False)
class Controls:
    """From `controlled_at` on, the subject is no source; the earliest counts.

    Args:    subject: int64[n]; controlled_at: int64[n] seconds.
    Raises:  InvalidTraceInputError.
    """

    subject: Int64
    controlled_at: Int64

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", int64_column("subject", self.subject))
        object.__setattr__(self, "controlled_at", int64_column("controlled_at", self.controlled_at, is_time=True))
        _same_length(subject=self.subject, controlled_at=self.controlled_at)


@dataclass(frozen=True, slots=True)
class IndexWindow:
    """An index subject and [start, end) in seconds: infectious (forward) or exposed (backward). None: unbounded."""

    subject: int
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise InvalidTraceInputError(f"index {self.subject}: the window ends no later than it starts")


def _check_duration(name: str, seconds: int) -> None:
    if not 0 <= seconds <= TIME_LIMIT:
        raise InvalidTraceInputError(f"{name}: {seconds} s is not between 0 and 2**53")


@dataclass(frozen=True, slots=True)
class ContactRule:
    """When two stays at one place are a counted exposure.

    Args:    min_overlap_s: least seconds together (an overlap must also be longer than 0). linger_s: how long a source
             stay goes on after its end. cumulative: compare the sum over one pair at one place, not each overlap.
    """

    min_overlap_s: int = 0
    linger_s: int = 0
    cumulative: bool = False

    def __post_init__(self) -> None:
        _check_duration("min_overlap_s", self.min_overlap_s)
        _check_duration("linger_s", self.linger_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceQuery:
    """One question to the engine.

    Args:    index: windows, several for one subject are united; or EVERYONE (direct edges only, one generation).
             horizon: seconds; nothing at or after it is seen (None: no horizon). latent_s: from being reached to being a
             source. rule: for places without a kind or whose kind is not in rules_by_kind.
             with_edges: False leaves `edges` empty and lets very large answers be summed without being stored.
    """

    index: tuple[IndexWindow, ...] | Literal["all"]
    direction: Direction = "forward"
    generations: int = 1
    latent_s: int = 0
    horizon: int | None = None
    rule: ContactRule = ContactRule()
    rules_by_kind: Mapping[int, ContactRule] = field(default_factory=dict)
    with_edges: bool = True

    def __post_init__(self) -> None:
        if self.direction not in {"forward", "backward"}:
            raise InvalidTraceInputError(f"direction: {self.direction!r} is neither forward nor backward")
        if self.generations < 1:
            raise InvalidTraceInputError("generations: at least 1")
        if self.everyone and self.generations != 1:
            raise InvalidTraceInputError("generations: with every subject as index there are direct edges only")
        _check_duration("latent_s", self.latent_s)
        if self.horizon is not None and abs(self.horizon) > TIME_LIMIT:
            raise InvalidTraceInputError("horizon: beyond +-2**53 s")

    @property
    def everyone(self) -> bool:
        """Whether every subject is an index."""
        return isinstance(self.index, str)

    @property
    def windows(self) -> tuple[IndexWindow, ...]:
        """The index windows; none if every subject is an index."""
        return () if isinstance(self.index, str) else self.index


class Facts(NamedTuple):
    """Everything known besides the question. presences: Presences or a PresenceIndex. place_kind: distinct places int64[n] and
    their kinds, any integers[n].
    """

    presences: Any
    links: Links | None = None
    controls: Controls | None = None
    place_kind: PlaceKinds | None = None


@dataclass(frozen=True, eq=False)
class TraceResult:
    """The answer.

    Attributes: exposures: EXPOSURES_SCHEMA, sorted by (generation, first, subject), index subjects left out.
                edges: EDGES_SCHEMA, sorted by (traced subject, counterpart, place with null first, start, end, lingering);
                the traced subject is `exposed` forward and `source` backward.
                stats: counts, the plan of each round, milliseconds, the latest fact seen.
                direction, index: of the query, for reading proof paths.
    """

    exposures: pa.Table
    edges: pa.Table
    stats: Mapping[str, Any]
    direction: Direction
    index: frozenset[int]
