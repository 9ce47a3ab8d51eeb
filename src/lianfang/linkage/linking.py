"""Candidates by Splink: pairs that some block brings together, weighed by the edition's probabilities."""

from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection, connect
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.comparison_level_library import CustomLevel
from splink.comparison_library import CustomComparison
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from lianfang.linkage.model import Comparison, Edition
from lianfang.linkage.records import prepare

# Splink numbers a comparison's levels downwards; what it names "left" is the data set whose name sorts first.
_LISTED, _REGISTERED = "a_listed", "b_registered"
CANDIDATE_SCHEMA = {"row": pl.Int64, "subject_id": pl.Int64, "weight_tenths": pl.Int64, "levels": pl.String}
MOST_PER_ROW = 5
THREADS, MEMORY = 2, "3GB"


def link(listed: pl.DataFrame, registered: pl.DataFrame, edition: Edition, *, least_tenths: int) -> pl.DataFrame:
    """Return the candidates of each listed row, the likeliest first, at most MOST_PER_ROW.

    listed, registered: RECORD_SCHEMA, `key` the row's and the person's id.
    least_tenths: pairs of a lower weight (tenths of a bit) are left out.
    Returns: CANDIDATE_SCHEMA; levels: "name=exact id=typo ..." of all comparisons, "?" where nothing is known.
    """
    if listed.is_empty() or registered.is_empty():
        return pl.DataFrame(schema=CANDIDATE_SCHEMA)
    connection = in_memory()
    try:
        database = DuckDBAPI(connection)
        frames = [
            database.register(prepare(frame).rename({"key": "unique_id"}).to_arrow(), dataset_display_name=name)
            for frame, name in ((listed, _LISTED), (registered, _REGISTERED))
        ]
        linker = Linker(frames, settings(edition, registered.height), log_level=None, validate_settings=False)
        found = linker.inference.predict(threshold_match_weight=least_tenths / 10, warning_mode="never")
        return _candidates(connection, found.physical_name, edition)
    finally:
        connection.close()


def in_memory() -> DuckDBPyConnection:
    """Return a DuckDB that never writes: the frames hold identity numbers in plain."""
    connection = connect(":memory:")
    connection.execute(f"SET temp_directory = ''; SET memory_limit = '{MEMORY}'; SET threads = {THREADS}")
    return connection


def settings(edition: Edition, n_registered: int) -> SettingsCreator:
    """Return the edition as Splink's settings; that a pair is one person is the less likely the longer the register."""
    return SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(each) for each in edition.comparisons],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in edition.blocking],
        probability_two_random_records_match=edition.expected_share / max(n_registered, 1),
        retain_matching_columns=True,  # the levels come only with them
        retain_intermediate_calculation_columns=False,
    )


def _comparison(comparison: Comparison) -> CustomComparison:
    levels: list[ComparisonLevelCreator | dict[str, Any]] = []
    for level in comparison.levels:
        creator = CustomLevel("ELSE" if level.condition == "else" else level.condition, level.code)
        if level.agree is None or level.unlike is None:
            levels.append(creator.configure(is_null_level=True))
        elif level.by_frequency:
            levels.append(
                creator.configure(
                    m_probability=level.agree, u_probability=level.unlike, tf_adjustment_column=level.by_frequency
                )
            )
        else:
            levels.append(creator.configure(m_probability=level.agree, u_probability=level.unlike))
    return CustomComparison(levels, output_column_name=comparison.name)


def _candidates(connection: DuckDBPyConnection, table: str, edition: Edition) -> pl.DataFrame:
    codes = ", ' ', ".join(_level_code(comparison) for comparison in edition.comparisons)
    query = f"""
        SELECT unique_id_l AS row, unique_id_r AS subject_id, round(match_weight * 10)::BIGINT AS weight_tenths,
               concat({codes}) AS levels
        FROM {table}
        QUALIFY row_number() OVER (PARTITION BY unique_id_l ORDER BY match_weight DESC, unique_id_r) <= {MOST_PER_ROW}
        ORDER BY row, weight_tenths DESC, subject_id
    """  # noqa: S608 - table and codes are our own
    found = pl.from_arrow(connection.sql(query).to_arrow_table())
    assert isinstance(found, pl.DataFrame)
    return found.cast(dict(CANDIDATE_SCHEMA))  # type: ignore[arg-type]


def _level_code(comparison: Comparison) -> str:
    weighed = [level for level in comparison.levels if level.agree is not None]
    cases = " ".join(f"WHEN {len(weighed) - 1 - place} THEN '{level.code}'" for place, level in enumerate(weighed))
    return f"'{comparison.name}=', CASE gamma_{comparison.name} {cases} ELSE '?' END"
