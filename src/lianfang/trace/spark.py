"""The exposure trace on Apache Spark: the same answers as the other engines, for presences no one machine holds.

Needs the extra ``lianfang[spark]``; only the modules named spark* import pyspark. docs/scale.md has the plan and its costs.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from lianfang.trace.model import EDGES_SCHEMA, EXPOSURES_SCHEMA, InvalidTraceInputError, TraceQuery, TraceResult
from lianfang.trace.spark_kernel import ROUND_SHIFT
from lianfang.trace.spark_labels import Known, Labels, LinkEdges, ask, no_labels
from lianfang.trace.spark_plan import (
    Plan,
    Round,
    SparkTuning,
    everyone_rows,
    make_plan,
    met,
    relaxed,
    round_rows,
    table_frame,
)
from lianfang.trace.spark_store import Store
from lianfang.trace.tables import exposures_table

__all__ = ["MEASURED", "Known", "SparkAnswer", "SparkTuning", "trace_spark"]

MEASURED = SparkTuning()
NOTHING_ELSE = Known()


@dataclass(eq=False)
class SparkAnswer:
    """An answer that is still on the cluster.

    Attributes: exposures, edges: DataFrames with the columns of EXPOSURES_SCHEMA and EDGES_SCHEMA, in no order; edges has no
                rows if the query leaves them out. stats: as of the other engines; each round says what was broadcast.
    """

    exposures: DataFrame
    edges: DataFrame
    stats: dict[str, Any]
    query: TraceQuery
    kept: tuple[DataFrame, ...]
    gathered: Round

    def collect(self) -> TraceResult:
        """Bring the tables here, in the order every engine gives them.

        Raises:  InvalidTraceInputError if a sum of seconds does not fit int64.
        """
        started = time.perf_counter()
        exposures, edges = self.exposures.toArrow(), self.edges.toArrow()
        if exposures["seconds"].null_count:
            raise InvalidTraceInputError("presences: so many so long overlaps that their sum does not fit int64")
        n_edges = edges.num_rows if self.query.with_edges or self.query.everyone else _total(exposures, "n_edges")
        kept = edges if self.query.with_edges else edges.slice(0, 0)
        spent = 1000 * (time.perf_counter() - started) + self.stats["milliseconds"]
        stats = {**self.stats, "exposures": exposures.num_rows, "edges": n_edges, "milliseconds": round(spent, 3)}
        index = frozenset(window.subject for window in self.query.windows)
        return TraceResult(_exposures(exposures), _edges(kept, self.query), stats, self.query.direction, index)

    def release(self) -> None:
        """Free what the cluster keeps for this answer."""
        for frame in self.kept:
            frame.unpersist()
        self.gathered.release()


def _total(table: pa.Table, name: str) -> int:
    return int(np.asarray(table[name].to_numpy()).sum())


def _arrays(table: pa.Table, names: list[str]) -> dict[str, Any]:
    """Columns as arrays, 0 for null: only places may be missing."""
    columns = {name: table[name].fill_null(0) if table[name].null_count else table[name] for name in names}
    return {name: np.asarray(column.to_numpy()) for name, column in columns.items()}


def _exposures(table: pa.Table) -> pa.Table:
    by_link = np.asarray(table["via_place"].is_null().to_numpy())
    return exposures_table(_arrays(table, EXPOSURES_SCHEMA.names), by_link=by_link)


def _edges(table: pa.Table, query: TraceQuery) -> pa.Table:
    traced, known = ("exposed", "source") if query.direction == "forward" else ("source", "exposed")
    columns = _arrays(table, EDGES_SCHEMA.names)
    at_place = np.asarray(table["place"].is_valid().to_numpy())
    keys = (columns["lingering"], columns["end"], columns["start"], columns["place"], at_place)
    order = np.lexsort((*keys, columns[known], columns[traced]))
    return table.select(EDGES_SCHEMA.names).take(pa.array(order)).cast(EDGES_SCHEMA).combine_chunks()


def _with_links(plan: Plan, edges: DataFrame, links: LinkEdges) -> DataFrame:
    """The edges of places and, with no place, of links: columns of spark_kernel.MET."""
    if not len(links.known):
        return edges
    columns = {"known": links.known, "reached": links.reached, "start": links.at, "end": links.at, "gives": links.gives}
    frame = table_frame(plan.store, columns)
    frame = frame.withColumns({"place": F.lit(None).cast("bigint"), "lingering": F.lit(False)})
    return edges.unionByName(frame)


def _named(edges: DataFrame, plan: Plan) -> DataFrame:
    """Edges as the tables have them."""
    source, exposed = ("known", "reached") if plan.asked.sign > 0 else ("reached", "known")
    names = {"source": F.col(source), "exposed": F.col(exposed)}
    return edges.select(*(names.get(name, F.col(name)).alias(name) for name in EDGES_SCHEMA.names))


def _summed(edges: DataFrame, labels: Labels, plan: Plan) -> DataFrame:
    """One row for each of the reached, from all its edges, and n_edges, how many these are."""
    earlier = Window.partitionBy("reached").orderBy("start", "end").rowsBetween(Window.unboundedPreceding, -1)
    covered = F.coalesce(F.max("end").over(earlier), F.col("start"))
    edges = edges.withColumn("new_s", F.greatest(F.lit(0), F.col("end") - F.greatest("start", covered)))
    via = F.struct("known", F.col("place").isNotNull(), "place")
    sums = edges.groupBy("reached").agg(
        F.min("start").alias("first"),
        F.max("end").alias("last"),
        F.try_sum(F.col("end") - F.col("start")).alias("seconds"),
        F.try_sum("new_s").alias("union_seconds"),
        F.count_distinct("place").cast("int").alias("places"),
        F.count_distinct("known").cast("int").alias("sources"),
        F.min(F.when(F.col("gives"), via)).alias("via"),
        F.count(F.lit(1)).alias("n_edges"),
    )
    frame = table_frame(plan.store, {"reached": labels.subject, "generation": labels.generation.astype(np.int32)})
    frame = F.broadcast(frame) if len(labels.subject) <= plan.tuning.broadcast_rows else frame
    named = {"subject": "reached", "via_subject": "via.known", "via_place": "via.place"}
    columns = [F.col(named.get(name, name)).alias(name) for name in (*EXPOSURES_SCHEMA.names, "n_edges")]
    return sums.join(frame, "reached").select(*columns)


def _rounds(plan: Plan) -> tuple[Labels, Labels, list[dict[str, Any]]]:
    """Labels before and after the last round, and what was done. Rounds are synchronous, over who is new or improved."""
    asked, rounds = plan.asked, []
    before = labels = asked.close_over_links(no_labels(), 0)
    windows = asked.known_before(labels, labels)
    for number in range(1, plan.query.generations + 1):
        started, before = time.perf_counter(), labels
        if not len(windows.subject):
            break
        gathered = round_rows(plan, windows, None)
        found = relaxed(plan, gathered)
        gathered.release()
        n = len(found.subject)
        found = found._replace(rank=np.full(n, number << ROUND_SHIFT), generation=np.full(n, number))
        labels = asked.close_over_links(asked.lower(before, found), number)
        frontier = asked.improved(before, labels)
        windows = asked.windows_of(frontier)
        spent = round(1000 * (time.perf_counter() - started), 3)
        said = {"round": number, **gathered.said, "reached_or_improved": len(frontier.subject), "milliseconds": spent}
        rounds.append(said)
    return before, labels, rounds


def _gathered(plan: Plan, before: Labels, labels: Labels) -> Round:
    """The rows of the last step: all source stays before the last round, and those reached in the end."""
    if plan.query.everyone:
        return everyone_rows(plan)
    return round_rows(plan, plan.asked.known_before(before, labels), labels)


def trace_spark(
    store: Store, query: TraceQuery, known: Known = NOTHING_ELSE, tuning: SparkTuning = MEASURED
) -> SparkAnswer:
    """Who and what the index reached, or may have been reached from, as `trace` answers it.

    Args:    store: the presences (`spark_store`). known: links, controls and kinds of places, arrays of the driver's.
             tuning: changes the plan, never the answer.
    Returns: SparkAnswer: the rounds are done, the tables are computed when they are collected or written.
    Cost:    the driver keeps 32 bytes for each of the reached; stays and edges never come to it unless collected.
    """
    started = time.perf_counter()
    plan = make_plan(store, ask(query, known), known, tuning)
    before, labels, rounds = (no_labels(), no_labels(), []) if query.everyone else _rounds(plan)
    gathered = _gathered(plan, before, labels)
    edges = _with_links(plan, met(plan, gathered), plan.asked.link_edges(labels))
    edges = edges.persist() if query.with_edges else edges
    stats = {
        "engine": "spark",
        "presences": store.manifest.rows,
        "plan": gathered.said,
        "rounds": rounds,
        "latest_entry": store.manifest.latest_entry,
        "milliseconds": round(1000 * (time.perf_counter() - started), 3),
    }
    answer_edges = _named(edges, plan)
    if not query.with_edges and not query.everyone:
        answer_edges = answer_edges.limit(0)
    return SparkAnswer(
        exposures=_summed(edges, labels, plan),
        edges=answer_edges,
        stats=stats,
        query=query,
        kept=(edges,) if query.with_edges else (),
        gathered=gathered,
    )
