"""A list of 100,000 rows against 300,000 persons: precision, recall and time, ours beside exact numbers and Splink as it comes.

Run: python -m tests.bench.bench_linkage [ROWS] [PERSONS].
"""

import argparse
import os
import platform
import resource
import time
from collections.abc import Callable

import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from lianfang.linkage import load_edition
from lianfang.linkage.linking import CANDIDATE_SCHEMA, in_memory, link
from lianfang.rules.matching import Match, decide_match
from lianfang.rules.profile import load_builtin
from tests.bench.list_data import Given, given

PROFILE = load_builtin("covid19-2020-12")


def ours(listed: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """The package's edition: all candidates that are kept."""
    return link(listed, registered, load_edition(), least_tenths=-100)


def exact_numbers(listed: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """The same whole identity number, nothing else."""
    pairs = (
        listed.select("key", "id_number")
        .drop_nulls()
        .join(registered.select("id_number", subject_id="key"), on="id_number")
    )
    return pairs.select(row="key", subject_id="subject_id", weight_tenths=pl.lit(1_000), levels=pl.lit(""))


def splink_as_it_comes(listed: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """Splink's own comparisons, trained on the data by its tutorial's steps; no knowledge of Chinese names or numbers."""
    connection = in_memory()
    database = DuckDBAPI(connection)
    columns = ["unique_id", "name", "id_number", "phone", "birth_date", "sex"]
    frames = [
        database.register(frame.rename({"key": "unique_id"}).select(columns).to_arrow(), dataset_display_name=name)
        for frame, name in ((listed, "a_listed"), (registered, "b_registered"))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("name"),
            cl.DamerauLevenshteinAtThresholds("id_number"),
            cl.LevenshteinAtThresholds("phone"),
            cl.DateOfBirthComparison("birth_date", input_is_string=False),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("id_number"),
            block_on("phone"),
            block_on("name", "birth_date"),
            block_on("name", "substr(phone, 8)"),
        ],
    )
    linker = Linker(frames, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("id_number")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("id_number"), block_on("name", "birth_date")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_weight=-10)
    query = (
        "SELECT unique_id_l AS row, unique_id_r AS subject_id, round(match_weight * 10)::BIGINT AS weight_tenths,"
        f" '' AS levels FROM {found.physical_name} ORDER BY row, weight_tenths DESC, subject_id"
    )
    pairs = pl.from_arrow(connection.sql(query).to_arrow_table())
    assert isinstance(pairs, pl.DataFrame)
    connection.close()
    return pairs.cast(dict(CANDIDATE_SCHEMA))  # type: ignore[arg-type]


def by_weight(found: pl.DataFrame, least_tenths: int) -> pl.DataFrame:
    """The likeliest person of each row, from a weight on."""
    return found.group_by("row", maintain_order=True).first().filter(pl.col("weight_tenths") >= least_tenths)


def joined_by_rule(found: pl.DataFrame, outcomes: tuple[Match, ...]) -> pl.DataFrame:
    """The likeliest person of each row whose verdict is one of these."""
    from lianfang.apps.lists.matches import Found, facts_of

    kept = []
    for (row,), group in found.group_by("row", maintain_order=True):
        candidates = [Found(*each) for each in group.select("subject_id", "weight_tenths", "levels").iter_rows()]
        if decide_match(facts_of(candidates, "persons-2020-12"), PROFILE).outcome in outcomes:
            kept.append((row, candidates[0].subject_id))
    return pl.DataFrame(kept, schema={"row": pl.Int64, "subject_id": pl.Int64}, orient="row")


def show(name: str, said: pl.DataFrame, truth: pl.DataFrame, seconds: float) -> None:
    """Print one line of the comparison."""
    right = said.join(truth, on=["row", "subject_id"], how="semi").height
    precision, recall = right / max(said.height, 1), right / truth.height
    print(f"{name:<44} {said.height:>7,} {precision:>10.4f} {recall:>8.4f} {seconds:>8.1f} s")


def timed(how: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame], data: Given) -> tuple[pl.DataFrame, float]:
    """Run one way and time it."""
    began = time.perf_counter()
    found = how(data.listed, data.registered)
    return found, time.perf_counter() - began


def compare(title: str, data: Given) -> None:
    """Print all three ways on the same data."""
    print(
        f"\n{title}: {data.listed.height:,} rows, {data.registered.height:,} persons, {data.truth.height:,} true pairs"
    )
    print(f"{'':<44} {'pairs':>7} {'precision':>10} {'recall':>8} {'time':>10}")
    found, seconds = timed(exact_numbers, data)
    show("exact identity number", found, data.truth, seconds)
    found, seconds = timed(splink_as_it_comes, data)
    show("Splink's own comparisons, weight >= 10 bits", by_weight(found, 100), data.truth, seconds)
    show("Splink's own comparisons, weight >= 0", by_weight(found, 0), data.truth, seconds)
    found, seconds = timed(ours, data)
    show("ours, joined by the rule", joined_by_rule(found, (Match.JOIN,)), data.truth, seconds)
    show("ours, joined or to be reviewed", joined_by_rule(found, (Match.JOIN, Match.REVIEW)), data.truth, seconds)
    n_review = joined_by_rule(found, (Match.REVIEW,)).height
    print(
        f"pairs for the reviewers: {n_review:,}; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB"
    )


def main() -> None:
    """Run the comparisons that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("persons", type=int, nargs="?", default=300_000)
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
    os.environ.setdefault("DATABASE_URL", "postgresql://unused@localhost/unused")
    import django

    django.setup()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    compare("A list from elsewhere", given(population=asked.persons, rows=asked.rows))


if __name__ == "__main__":
    main()
