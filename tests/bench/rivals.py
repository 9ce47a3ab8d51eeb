"""The trace as DuckDB and Polars do it, each in the fastest form found for it; results in the engine's columns."""

from dataclasses import dataclass

import duckdb
import polars as pl

from tests.bench.county import MINUTE, Stays

COLUMNS = ["subject", "first", "last", "seconds", "places", "sources"]
MIN_OVERLAP_S = 15 * MINUTE
LONG_AGO = -1_000_000


@dataclass(frozen=True)
class Question:
    """What everybody is asked: index subjects, infectious all the time; generations; seconds from reached to source."""

    name: str
    subjects: tuple[int, ...]
    generations: int = 1
    latent_s: int = 0


OVERLAP = "least(a.t_out, v.t_out) - greatest(a.t_in, v.t_in, a.since)"
MEETS = f"v.t_in < a.t_out AND v.t_out > a.t_in AND v.subject <> a.subject AND {OVERLAP} >= {MIN_OVERLAP_S}"
SUMS = f"""SELECT v.subject, min(greatest(a.t_in, v.t_in, a.since)) AS first, max(least(a.t_out, v.t_out)) AS last,
    sum({OVERLAP})::BIGINT AS seconds, count(DISTINCT a.place) AS places, count(DISTINCT a.subject) AS sources"""


class DuckDb:
    """Two sorted copies of narrow columns, joined by place: the join's filter lets zone maps skip most of the other copy.

    Also tried, and slower: places written out, values instead of a join, a join by place and day.
    """

    name = "duckdb"

    def __init__(self, stays: Stays, threads: int) -> None:
        self.db = duckdb.connect(config={"threads": threads})
        self.db.register("given", pl.DataFrame(stays._asdict()).to_arrow())
        narrow = "SELECT subject::INTEGER AS subject, place::INTEGER AS place, t_in::INTEGER AS t_in, t_out::INTEGER AS t_out"
        self.db.execute(f"CREATE TABLE by_place AS {narrow} FROM given ORDER BY place, t_in")
        self.db.execute(f"CREATE TABLE by_subject AS {narrow} FROM given ORDER BY subject, t_in")
        self.db.unregister("given")

    def ask(self, question: Question) -> pl.DataFrame:
        """The rounds as SQL: the frontier is who is new or improved; then the sums over all counted edges."""
        listed = ",".join(map(str, question.subjects))
        if question.generations == 1:
            return self._direct(listed)
        run = self.db.execute
        for table in ("frontier", "sources"):
            run(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest([{listed}]) AS subject, {LONG_AGO} AS since")
        run("CREATE OR REPLACE TEMP TABLE reached AS SELECT subject, 0 AS first FROM frontier WHERE false")
        known = f"v.subject NOT IN ({listed})"
        for _ in range(question.generations):
            run("CREATE OR REPLACE TEMP TABLE before AS FROM sources")
            run(f"""CREATE OR REPLACE TEMP TABLE found AS SELECT v.subject, min(greatest(a.t_in, v.t_in, a.since)) AS first
                FROM (SELECT s.*, w.since FROM frontier w JOIN by_subject s USING (subject) WHERE s.t_out > w.since) a
                JOIN by_place v ON v.place = a.place AND {MEETS} AND {known} GROUP BY 1""")
            run("""CREATE OR REPLACE TEMP TABLE better AS SELECT f.* FROM found f LEFT JOIN reached r USING (subject)
                WHERE r.first IS NULL OR f.first < r.first""")
            run("""CREATE OR REPLACE TEMP TABLE reached AS SELECT subject, min(first) AS first
                FROM (FROM reached UNION ALL FROM better) GROUP BY 1""")
            since = f"first + {question.latent_s} AS since"
            run(f"CREATE OR REPLACE TEMP TABLE frontier AS SELECT subject, {since} FROM better")
            run(f"""CREATE OR REPLACE TEMP TABLE sources AS SELECT subject, {since} FROM reached
                UNION ALL SELECT unnest([{listed}]), {LONG_AGO}""")
        return pl.DataFrame(
            self.db.sql(f"""{SUMS}
            FROM (SELECT s.*, w.since FROM before w JOIN by_subject s USING (subject) WHERE s.t_out > w.since) a
            JOIN by_place v ON v.place = a.place AND {MEETS} AND {known} GROUP BY 1 ORDER BY 1""").to_arrow_table()
        )

    def _direct(self, listed: str) -> pl.DataFrame:
        source = f"(SELECT *, {LONG_AGO} AS since FROM by_subject WHERE subject IN ({listed})) a"
        query = f"{SUMS} FROM {source} JOIN by_place v ON v.place = a.place AND {MEETS} AND v.subject NOT IN ({listed})"
        return pl.DataFrame(self.db.sql(f"{query} GROUP BY 1 ORDER BY 1").to_arrow_table())

    def close(self) -> None:
        """End it."""
        self.db.close()


class Polars:
    """Two sorted copies of narrow columns; places are filtered before they are joined."""

    name = "polars"

    def __init__(self, stays: Stays, threads: int) -> None:
        narrow = pl.DataFrame(stays._asdict()).cast(pl.Int32)
        self.by_place, self.by_subject = narrow.sort("place", "t_in").lazy(), narrow.sort("subject", "t_in").lazy()

    def _meetings(self, sources: pl.DataFrame, index: list[int]) -> pl.LazyFrame:
        """Every counted overlap of the stays of sources (subject, since) with anybody but the index."""
        if len(sources) == 1:
            known = self.by_subject.filter(pl.col("subject") == sources["subject"][0]).with_columns(
                since=sources["since"][0]
            )
        else:
            known = self.by_subject.join(sources.lazy(), on="subject").filter(pl.col("t_out") > pl.col("since"))
        stays = known.rename({"subject": "source", "t_in": "from", "t_out": "until"}).collect()
        near = self.by_place
        if len(stays) < 1_000_000:
            near = near.filter(pl.col("place").is_in(stays["place"].unique().implode()))
        start = pl.max_horizontal("from", "t_in", "since")
        end = pl.min_horizontal("until", "t_out")
        return (
            near.join(stays.lazy(), on="place")
            .filter(pl.col("t_in") < pl.col("until"), pl.col("t_out") > pl.col("from"))
            .with_columns(start=start, end=end)
            .filter(pl.col("end") - pl.col("start") >= MIN_OVERLAP_S, pl.col("subject") != pl.col("source"))
            .filter(~pl.col("subject").is_in(index))
        )

    def ask(self, question: Question) -> pl.DataFrame:
        """Rounds as joins; then the sums."""
        index = list(question.subjects)
        given = pl.DataFrame(
            {"subject": index, "since": [LONG_AGO] * len(index)}, schema={"subject": pl.Int32, "since": pl.Int32}
        )
        sources = frontier = given
        reached = pl.DataFrame(schema={"subject": pl.Int32, "first": pl.Int32})
        for _ in range(question.generations - 1):
            found = self._meetings(frontier, index).group_by("subject").agg(first=pl.col("start").min())
            known = reached.lazy().rename({"first": "before"})
            better = (
                found.join(known, on="subject", how="left")
                .filter(pl.col("before").is_null() | (pl.col("first") < pl.col("before")))
                .select("subject", "first")
                .collect()
            )
            reached = pl.concat([reached, better]).group_by("subject").agg(pl.col("first").min())
            since = (pl.col("first") + question.latent_s).cast(pl.Int32).alias("since")
            frontier = better.select("subject", since)
            sources = pl.concat([given, reached.select("subject", since)])
        sums = (
            self._meetings(sources, index)
            .group_by("subject")
            .agg(
                first=pl.col("start").min(),
                last=pl.col("end").max(),
                seconds=(pl.col("end") - pl.col("start")).cast(pl.Int64).sum(),
                places=pl.col("place").n_unique(),
                sources=pl.col("source").n_unique(),
            )
        )
        return sums.collect().sort("subject")

    def close(self) -> None:
        """Nothing to end."""
