"""Writing what a run found: verdicts, exposures, edges."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.db import connection

from lianfang.apps.core import bulk
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.verdicts import Occasion, instant, stored
from lianfang.apps.tracing.decision import Decision, Found
from lianfang.apps.tracing.models import Exposure, Run
from lianfang.apps.tracing.standing import Ordered


@dataclass(frozen=True, slots=True)
class Rows:
    """The verdict rows of a run: all of them, and the one that ordered each subject's measures."""

    all: Sequence[StoredVerdict]
    measures: dict[int, StoredVerdict]


def write(decision: Decision | None, ordered: Sequence[Ordered], occasion: Occasion) -> Rows:
    """Make a run's verdicts (the caller stores them last) and store, where the index stands, exposures and edges."""
    classes = (
        []
        if decision is None
        else [(found, stored(found.verdict, found.subject, occasion)) for found in decision.found]
    )
    measures = {item.subject: stored(item.measures, item.subject, occasion) for item in ordered}
    standings = [stored(item.standing, item.subject, occasion) for item in ordered if item.has_several_causes]
    rows = [row for _, row in classes] + standings + list(measures.values())
    if decision is not None:
        rows.insert(0, stored(decision.windows, _run(occasion).investigation.index_subject_id, occasion))
    bulk.allot_ids(rows)
    if decision is not None:
        bulk.insert([_exposure(found, row, occasion) for found, row in classes])
        _copy_edges(decision.edges, occasion)
    return Rows(rows, measures)


def _run(occasion: Occasion) -> Run:
    assert isinstance(occasion.run, Run)
    return occasion.run


def _exposure(found: Found, verdict: StoredVerdict, occasion: Occasion) -> Exposure:
    figures = found.figures
    return Exposure(
        run=_run(occasion),
        direction=found.direction,
        subject_id=found.subject,
        generation=figures.generation,
        first_at=instant(figures.first),
        last_at=instant(figures.last),
        seconds=figures.seconds,
        union_seconds=figures.union_seconds,
        n_places=figures.places,
        n_sources=figures.sources,
        via_subject_id=figures.via_subject,
        via_place_id=figures.via_place,
        exposure_class=found.exposure_class,
        verdict_id=verdict.pk,
    )


def _copy_edges(edges: pl.DataFrame, occasion: Occasion) -> None:
    """Store the edges by COPY: a large cluster has hundreds of thousands."""
    if edges.is_empty():
        return
    assert occasion.run is not None
    frame = edges.select(
        pl.lit(occasion.run.pk).alias("run_id"),
        "direction",
        pl.col("source").alias("source_id"),
        pl.col("exposed").alias("exposed_id"),
        pl.col("place").alias("place_id"),
        pl.from_epoch("start").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("starts_at"),
        pl.from_epoch("end").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("ends_at"),
        "lingering",
    )
    statement = f"COPY tracing_exposureedge ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False))
