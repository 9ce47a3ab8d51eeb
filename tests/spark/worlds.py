"""Random questions about many small worlds at once: a round on a cluster costs the same for one as for a dozen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from lianfang.trace import EVERYONE, ContactRule, Controls, IndexWindow, Links, Presences, TraceQuery
from lianfang.trace.model import Facts
from tests.property.test_trace import ODD_IDS, SMALL_IDS, cases

Case = tuple[TraceQuery, Facts]
IDS = np.array(sorted({*SMALL_IDS, *ODD_IDS}))
COLUMNS = ("subject", "place", "t_in", "t_out")


def presences_frame(spark: SparkSession, presences: Presences) -> DataFrame:
    return spark.createDataFrame(pa.table({name: getattr(presences, name) for name in COLUMNS}))


def _own_ids(values: np.ndarray, world: int) -> np.ndarray:
    """Ids no other world has. The first world keeps its own, which may be the least and the greatest there are."""
    if world == 0:
        return values
    return (np.searchsorted(IDS, values) + 16 * world) * (-1 if world % 2 else 1) * 1_000_003


def _scaled(rule: ContactRule, unit: int) -> ContactRule:
    return replace(rule, min_overlap_s=rule.min_overlap_s * unit, linger_s=rule.linger_s * unit)


def _joined(columns: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)


def _facts(listed: list[Case], unit: int) -> Facts:
    stays: list[list[np.ndarray]] = [[], [], [], []]
    links: list[list[np.ndarray]] = [[], [], []]
    controls: list[list[np.ndarray]] = [[], []]
    kinds: list[list[np.ndarray]] = [[], []]

    def add(to: list[list[np.ndarray]], *columns: np.ndarray) -> None:
        for column, more in zip(to, columns, strict=True):
            column.append(more)

    for world, (_, facts) in enumerate(listed):
        p = facts.presences
        add(stays, _own_ids(p.subject, world), _own_ids(p.place, world), p.t_in * unit, p.t_out * unit)
        if facts.links is not None:
            of = facts.links
            add(links, _own_ids(of.from_, world), _own_ids(of.to, world), of.at * unit)
        if facts.controls is not None:
            add(controls, _own_ids(facts.controls.subject, world), facts.controls.controlled_at * unit)
        if facts.place_kind is not None:
            places = _own_ids(np.asarray(facts.place_kind[0]), world)
            kept = np.unique(places, return_index=True)[1]
            add(kinds, places[kept], np.asarray(facts.place_kind[1])[kept])
    return Facts(
        Presences(*map(_joined, stays)),
        Links(*map(_joined, links)),
        Controls(*map(_joined, controls)),
        (_joined(kinds[0]), _joined(kinds[1])),
    )


@st.composite
def worlds(draw: Any, most: int) -> Case:
    """The first case's question asked of all of them; times in units that make stays pass midnight and last for days."""
    listed = draw(st.lists(cases(), min_size=most // 2, max_size=most))
    unit = draw(st.sampled_from([1, 7_200, 20_000]))
    query = listed[0][0]
    windows = [
        IndexWindow(
            int(_own_ids(np.array([window.subject]), world)[0]),
            None if window.start is None else window.start * unit,
            None if window.end is None else window.end * unit,
        )
        for world, (asked, _) in enumerate(listed)
        for window in asked.windows
    ]
    scaled = replace(
        query,
        index=EVERYONE if query.everyone else tuple(windows),
        latent_s=query.latent_s * unit,
        horizon=None if query.horizon is None else query.horizon * unit,
        rule=_scaled(query.rule, unit),
        rules_by_kind={kind: _scaled(rule, unit) for kind, rule in query.rules_by_kind.items()},
    )
    return scaled, _facts(listed, unit)
