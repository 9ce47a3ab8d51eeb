"""A Levey-Jennings chart drawn: where each value, the mean and the deviations lie in the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lianfang.apps.lab.bench.control_series import Centre, ControlSeries, ControlValue
from lianfang.rules.quality_control import RunValidity

NEWEST: Final = 60  # more do not fit beside one another
WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 720, 260, 64, 52, 18
DEVIATIONS: Final = (3, 2, 1, 0, -1, -2, -3)


@dataclass(frozen=True, slots=True)
class Line:
    """The mean (`deviations` 0) or so many deviations from it."""

    deviations: int
    ct_milli: int
    y: str

    @property
    def name(self) -> str:
        """As it is written beside the line."""
        return f"{self.deviations:+d} SD" if self.deviations else "x̄"


@dataclass(frozen=True, slots=True)
class Point:
    """One value; `deviations`: how far from the mean, as it is written."""

    value: ControlValue
    x: str
    y: str
    deviations: str

    @property
    def tone(self) -> str:
        """rejected, warned or fine: each has a sign of its own."""
        if self.value.validity is RunValidity.INVALID:
            return "rejected"
        return "warned" if self.value.broken else "fine"


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture of one series. `left_out`: older values that are not drawn."""

    lines: Sequence[Line]
    points: Sequence[Point]
    left_out: int

    @property
    def path(self) -> str:
        """The points as an SVG polyline."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def chart_of(series: ControlSeries) -> Chart:
    """Return where the newest values of a series are drawn."""
    shown = series.values[-NEWEST:]
    centre = series.centre if series.centre is not None and series.centre.sd_milli > 0 else None
    marks = [centre.mean_milli + each * centre.sd_milli for each in DEVIATIONS] if centre else []
    levels = [*marks, *(value.ct_milli for value in shown)]
    low, high = min(levels), max(levels)
    reach = max(high - low, 1_000)

    def y(ct_milli: int) -> str:
        return f"{EDGE + (high - ct_milli) / reach * (HEIGHT - 2 * EDGE):.1f}"

    step = (WIDTH - LEFT - RIGHT) / len(shown)
    points = [
        Point(value, f"{LEFT + step * (number + 0.5):.1f}", y(value.ct_milli), _deviations(value.ct_milli, centre))
        for number, value in enumerate(shown)
    ]
    lines = [Line(each, mark, y(mark)) for each, mark in zip(DEVIATIONS, marks, strict=False)]
    return Chart(lines, points, len(series.values) - len(shown))


def _deviations(ct_milli: int, centre: Centre | None) -> str:
    return f"{(ct_milli - centre.mean_milli) / centre.sd_milli:+.1f}" if centre else ""
