"""Random questions about many small worlds at once: a round on a cluster costs the same for one as for two dozen.

Drawn from a seed and not piece by piece: of so few examples none should be a small one.
"""

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from lianfang.trace import EVERYONE, ContactRule, Controls, IndexWindow, Links, Presences, TraceQuery
from lianfang.trace.model import Facts

Case = tuple[TraceQuery, Facts]
COLUMNS = ("subject", "place", "t_in", "t_out")
LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1
ODD_IDS = np.array([LOWEST, LOWEST + 1, -1, 0, 1, HIGHEST - 1, HIGHEST])
WORLDS, SUBJECTS, STAYS, LATEST = 24, 7, 24, 40
DURATIONS = [0, 0, 1, 2, 3, 7, 15]


def presences_frame(spark: SparkSession, presences: Presences) -> DataFrame:
    return spark.createDataFrame(pa.table({name: getattr(presences, name) for name in COLUMNS}))


def _ids(world: int, numbers: np.ndarray) -> np.ndarray:
    """Ids no other world has; the first world has the least and the greatest there are."""
    return ODD_IDS[numbers] if world == 0 else (numbers + 16 * world) * (-1) ** world * 1_000_003


def _rule(rng: np.random.Generator, unit: int) -> ContactRule:
    least, linger = unit * rng.choice(DURATIONS, 2)
    return ContactRule(int(least), int(linger), bool(rng.integers(2)))


def _columns(parts: list[list[np.ndarray]]) -> list[np.ndarray]:
    return [np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)]


def _stays(rng: np.random.Generator, world: int, unit: int) -> list[np.ndarray]:
    n, places = rng.integers(STAYS + 1), rng.integers(1, 5)
    start = rng.integers(0, LATEST, n)
    columns = [_ids(world, rng.integers(0, SUBJECTS, n)), _ids(world, rng.integers(0, places, n)), unit * start]
    return [*columns, unit * (start + rng.integers(1, 16, n))]


def _links(rng: np.random.Generator, world: int, unit: int) -> list[np.ndarray]:
    n = rng.integers(7)
    ends = [_ids(world, rng.integers(0, SUBJECTS, n)) for _ in range(2)]
    return [*ends, unit * rng.integers(0, LATEST, n)]


def _controls(rng: np.random.Generator, world: int, unit: int) -> list[np.ndarray]:
    n = rng.integers(4)
    return [_ids(world, rng.integers(0, SUBJECTS, n)), unit * rng.integers(0, LATEST, n)]


def _kinds(rng: np.random.Generator, world: int, _unit: int) -> list[np.ndarray]:
    return [_ids(world, np.arange(3)), rng.choice([1, 2, 9], 3)]


def _windows(rng: np.random.Generator, unit: int) -> list[IndexWindow]:
    found = []
    for world in range(WORLDS):
        for number in rng.integers(0, SUBJECTS, rng.integers(1, 4)):
            start = int(rng.integers(-1, LATEST))
            end = start + int(rng.integers(1, 20)) if rng.integers(2) else None
            bounds = (None if start < 0 else unit * start, None if end is None else unit * end)
            found.append(IndexWindow(int(_ids(world, np.array([number]))[0]), *bounds))
    return found


def worlds(seed: int) -> Case:
    """One question about disjoint worlds; times in units that make stays pass midnight and last for days."""
    rng = np.random.default_rng(seed)
    unit, everyone = int(rng.choice([1, 7_200, 20_000])), rng.integers(8) == 0

    def all_of(draw, likely: float = 1.0) -> list[np.ndarray] | None:
        return _columns([draw(rng, world, unit) for world in range(WORLDS)]) if rng.random() < likely else None

    stays, links, controls, kinds = all_of(_stays), all_of(_links, 0.7), all_of(_controls, 0.7), all_of(_kinds, 0.7)
    query = TraceQuery(
        index=EVERYONE if everyone else tuple(_windows(rng, unit)),
        direction="forward" if rng.integers(2) else "backward",
        generations=1 if everyone else int(rng.integers(1, 5)),
        latent_s=unit * int(rng.choice(DURATIONS)),
        horizon=unit * int(rng.integers(15, 60)) if rng.integers(2) else None,
        rule=_rule(rng, unit),
        rules_by_kind={kind: _rule(rng, unit) for kind in (1, 2)[: rng.integers(3)]} if kinds else {},
    )
    facts = Facts(
        Presences(*stays),
        None if links is None else Links(*links),
        None if controls is None else Controls(*controls),
        None if kinds is None else (kinds[0], kinds[1]),
    )
    return query, facts
