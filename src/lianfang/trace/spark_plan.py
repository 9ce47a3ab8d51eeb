"""How a round of the Spark engine gets its rows together: which files it reads, what it broadcasts, what it shuffles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.pandas.types import from_arrow_schema

from lianfang.trace.model import Int64, InvalidTraceInputError, TraceQuery
from lianfang.trace.spark_kernel import MET, NEVER, REACHED, ROWS, Meeting, meet, relax
from lianfang.trace.spark_labels import Asked, Known, Labels, Windows
from lianfang.trace.spark_store import COLUMNS, DAY_S, LONG_DAY, Store, add_salt, bucket_of, place_buckets

BATCH_ROWS = 1 << 17
MOST_DAY = 1 << 40  # beyond every time a store can hold


@dataclass(frozen=True, slots=True)
class SparkTuning:
    """Where the engine changes its plan; the answer does not depend on it.

    broadcast_rows: up to so many rows a frontier, or the places it was at, go to every task; beyond, they are shuffled.
    listed_keys: up to so many subjects or places are looked for by their buckets and values instead of in every file.
    task_rows: shuffled stays to one task.
    """

    broadcast_rows: int = 500_000
    listed_keys: int = 2_000
    task_rows: int = 2_000_000


class Span(NamedTuple):
    """[start, end) on the kernels' clock: what does not meet it need not be read."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Plan:
    """A question, the store it is asked of, and how. rules: the query's, by number; linger_s: the longest of them."""

    store: Store
    asked: Asked
    tuning: SparkTuning
    rules: DataFrame | None
    meeting: Meeting

    @property
    def query(self) -> TraceQuery:
        """The question as it was put."""
        return self.asked.query

    @property
    def linger_s(self) -> int:
        """The longest lingering time of any rule."""
        return max(rule.linger_s for rule in self.meeting.rules)


def make_plan(store: Store, asked: Asked, facts: Known, tuning: SparkTuning) -> Plan:
    """Number the rules and say which place follows which: places not listed follow rule 0. Raises InvalidTraceInputError."""
    query = asked.query
    rules = None
    if facts.place_kind is not None and query.rules_by_kind:
        places, kinds = (np.asarray(column, dtype=np.int64) for column in facts.place_kind)
        if places.shape != kinds.shape or len(np.unique(places)) != len(places):
            raise InvalidTraceInputError("place_kind: expected one kind for each of distinct places")
        listed = np.array(sorted(query.rules_by_kind), dtype=np.int64)
        at = np.minimum(np.searchsorted(listed, kinds), len(listed) - 1)
        known = listed[at] == kinds
        rules = table_frame(store, {"place": places[known], "rule": at[known] + 1})
        if np.count_nonzero(known) <= tuning.broadcast_rows:
            rules = F.broadcast(rules)
    by_number = (query.rule, *(query.rules_by_kind[kind] for kind in sorted(query.rules_by_kind)))
    return Plan(store, asked, tuning, rules, Meeting(by_number, forward=asked.sign > 0))


def table_frame(store: Store, columns: dict[str, Any]) -> DataFrame:
    """A DataFrame of the driver's arrays."""
    arrays = {name: pa.array(values) for name, values in columns.items()}
    schema = pa.schema([pa.field(name, array.type, nullable=False) for name, array in arrays.items()])
    return store.spark.createDataFrame(pa.Table.from_arrays(list(arrays.values()), schema=schema))


def _days(plan: Plan, span: Span) -> Column:
    """The days whose stays may meet a span: stays begin at most a day earlier, except the long ones."""
    start, end = (span.start, span.end) if plan.asked.sign > 0 else (-span.end, -span.start)
    if plan.query.horizon is not None:
        end = min(end, plan.query.horizon)
    first, last = max(start // DAY_S - 1, -MOST_DAY), min((end - 1) // DAY_S, MOST_DAY)
    return F.col("day").between(first, last) | (F.col("day") == LONG_DAY)


def _stays(plan: Plan, copy: Literal["subject", "place"], span: Span, keys: Int64 | None) -> DataFrame:
    """Stays on the kernels' clock, cut at the horizon, from one of the copies; only of `keys` if these are few."""
    shape = plan.store.manifest.shape
    rows = (plan.store.by_subject if copy == "subject" else plan.store.by_place).where(_days(plan, span))
    if keys is not None and len(keys) <= plan.tuning.listed_keys:
        buckets = (
            bucket_of(keys, shape.subject_buckets) if copy == "subject" else place_buckets(keys, plan.store.manifest)
        )
        rows = rows.where(F.col("bucket").isin(np.unique(buckets).tolist()) & F.col(copy).isin(keys.tolist()))
    rows = rows.select(*COLUMNS)
    if plan.query.horizon is not None:
        rows = rows.where(F.col("t_in") < plan.query.horizon)
        rows = rows.withColumn("t_out", F.least("t_out", F.lit(plan.query.horizon)))
    if plan.asked.sign < 0:
        rows = rows.select("subject", "place", (-F.col("t_out")).alias("t_in"), (-F.col("t_in")).alias("t_out"))
    return rows


def _number(value: int) -> Column:
    return F.lit(value).cast("bigint")


def _with_rules(plan: Plan, rows: DataFrame) -> DataFrame:
    if plan.rules is None:
        return rows.withColumn("rule", _number(0))
    return rows.join(plan.rules, "place", "left").withColumn("rule", F.coalesce("rule", _number(0)))


def source_stays(plan: Plan, windows: Windows) -> DataFrame:
    """The stays of known subjects that meet their windows, a row for each window they meet."""
    few = len(windows.subject) <= plan.tuning.broadcast_rows
    known = table_frame(plan.store, windows._asdict())
    span = Span(int(windows.start.min(initial=NEVER)), int(windows.end.max(initial=-NEVER)))
    stays = _stays(plan, "subject", span, np.unique(windows.subject))
    met = stays.join(F.broadcast(known) if few else known, "subject")
    start, end = F.greatest("t_in", "start"), F.least("t_out", "end")
    rows = met.withColumns({"start": start, "end": end}).where("start < end")
    return _with_rules(plan, rows).withColumn("cut_from", _number(-NEVER)).withColumn("wanted", F.lit(False))


def _cut_at_controls(plan: Plan, rows: DataFrame) -> DataFrame:
    """Backward a candidate, who may be the source, counts until its control; forward the windows say so."""
    subject, until = plan.asked.controls
    if plan.asked.sign > 0 or not len(subject):
        return rows.withColumn("cut_from", _number(-NEVER))
    controls = table_frame(plan.store, {"subject": subject, "cut_from": -until})
    if len(subject) <= plan.tuning.broadcast_rows:
        controls = F.broadcast(controls)
    return rows.join(controls, "subject", "left").withColumn("cut_from", F.coalesce("cut_from", _number(-NEVER)))


class Round(NamedTuple):
    """A round's rows (ROWS without salt), whether stays are shuffled whole, its plan in words, and what Spark keeps for it."""

    rows: DataFrame
    whole: bool
    said: dict[str, Any]
    kept: DataFrame | None = None

    def release(self) -> None:
        """Let go of what was kept."""
        if self.kept is not None:
            self.kept.unpersist()


def _hulls(plan: Plan, sources: DataFrame) -> pa.Table | None:
    """The time span of the source stays at each place; None if the places are too many to broadcast."""
    most = plan.tuning.broadcast_rows
    spans = sources.groupBy("place").agg(F.min("start").alias("since"), F.max("end").alias("until"))
    table = spans.limit(most + 1).toArrow()
    return None if table.num_rows > most else table


def _candidates(plan: Plan, hulls: pa.Table | None, span: Span) -> DataFrame:
    """The stays at the places of source stays that may meet one: found by broadcast places, else all of the days."""
    if hulls is None:
        return _stays(plan, "place", span, None)
    places = np.asarray(hulls["place"].to_numpy())
    stays = _stays(plan, "place", span, places)
    met = (F.col("t_in") < F.col("until") + plan.linger_s) & (F.col("t_out") > F.col("since"))
    frame = table_frame(plan.store, {name: hulls[name].to_numpy() for name in hulls.column_names})
    return stays.join(F.broadcast(frame), "place").where(met).drop("since", "until")


def round_rows(plan: Plan, windows: Windows, wanted: Labels | None) -> Round:
    """Source stays and candidates of a round. wanted: only these are candidates (None: everybody, without labels).

    The source stays are computed once and kept (until `release`): they are asked for their places first.
    """
    sources = source_stays(plan, windows).persist()
    hulls = _hulls(plan, sources)
    span = Span(int(windows.start.min(initial=NEVER)), int(windows.end.max(initial=-NEVER)))
    if hulls is not None and hulls.num_rows:
        span = Span(int(hulls["since"].to_numpy().min()), int(hulls["until"].to_numpy().max()))
    candidates = _candidates(plan, hulls, Span(span.start, span.end + plan.linger_s))
    if wanted is None:
        candidates = candidates.withColumns({"clock": _number(NEVER), "rank": _number(NEVER)})
    else:
        named = {name: getattr(wanted, name) for name in ("subject", "clock", "rank")}
        labels = table_frame(plan.store, named)
        few = len(wanted.subject) <= plan.tuning.broadcast_rows
        candidates = candidates.join(F.broadcast(labels) if few else labels, "subject")
    candidates = _cut_at_controls(plan, candidates)
    nothing = {"start": _number(0), "end": _number(0), "rule": _number(0), "wanted": F.lit(True)}
    rows = candidates.withColumns(nothing).unionByName(sources)
    said = {
        "sources": len(windows.subject),
        "frontier": "broadcast" if len(windows.subject) <= plan.tuning.broadcast_rows else "shuffled",
        "places": "shuffled" if hulls is None else hulls.num_rows,
    }
    return Round(rows, hulls is None, said, sources)


def everyone_rows(plan: Plan) -> Round:
    """Every stay, as candidate and as source stay."""
    stays = _stays(plan, "place", Span(-NEVER, NEVER), None)
    rows = _with_rules(plan, _cut_at_controls(plan, stays))
    end = F.col("t_out")
    subject, until = plan.asked.controls
    if plan.asked.sign > 0 and len(subject):
        controls = table_frame(plan.store, {"subject": subject, "until": until})
        rows = rows.join(controls, "subject", "left")
        end = F.greatest(F.least(end, F.coalesce("until", end)), F.col("t_in"))
    labels = {"clock": _number(NEVER), "rank": _number(NEVER), "wanted": F.lit(True)}
    rows = rows.withColumns({"start": F.col("t_in"), "end": end, **labels})
    return Round(rows, True, {"sources": plan.store.manifest.rows, "frontier": "everyone", "places": "shuffled"})


def _in_batches(
    batches: Iterator[pa.RecordBatch], work: Callable[[pa.Table, Meeting], pa.Table], meeting: Meeting
) -> Iterator[pa.RecordBatch]:
    """One task: all its rows to the kernels at once."""
    given = list(batches)
    if given:
        yield from work(pa.Table.from_batches(given), meeting).to_batches(max_chunksize=BATCH_ROWS)


def _by_place(plan: Plan, gathered: Round) -> DataFrame:
    """Rows brought together by place; source stays at a huge place go to each of its parts."""
    salted = plan.store.manifest.salted
    rows = add_salt(gathered.rows, salted)
    if salted:
        parts = plan.store.spark.createDataFrame(list(salted), "place bigint, parts bigint")
        copies = F.when(F.col("start") < F.col("end"), F.sequence(_number(0), F.coalesce("parts", _number(1)) - 1))
        joined = rows.join(F.broadcast(parts), "place", "left").withColumn("own", F.col("salt"))
        copied = joined.withColumn("salt", F.explode(F.coalesce(copies, F.array("salt"))))
        rows = copied.withColumn("wanted", F.col("wanted") & (F.col("salt") == F.col("own")))
    rows = rows.select(*ROWS.names)
    if not gathered.whole:
        return rows.repartition("place", "salt")
    tasks = max(plan.store.spark.sparkContext.defaultParallelism, 2 * plan.store.manifest.rows // plan.tuning.task_rows)
    return rows.repartition(tasks, "place", "salt")


def relaxed(plan: Plan, gathered: Round) -> Labels:
    """The earliest counted exposure of everybody a round reaches, collected: each is part of the result."""
    work = partial(_in_batches, work=relax, meeting=plan.meeting)
    found = _by_place(plan, gathered).mapInArrow(work, from_arrow_schema(REACHED))
    table = found.groupBy("subject").agg(F.min("clock").alias("clock")).toArrow()
    subject, clock = (np.array(table[name].to_numpy(), dtype=np.int64) for name in REACHED.names)
    nothing = np.zeros(len(subject), dtype=np.int64)
    return Labels(subject, clock, nothing, nothing)


def met(plan: Plan, gathered: Round) -> DataFrame:
    """The counted overlaps of a round's candidates: MET."""
    work = partial(_in_batches, work=meet, meeting=plan.meeting)
    return _by_place(plan, gathered).mapInArrow(work, from_arrow_schema(MET))
