"""Telling the persons of a list apart: who is new, who is known, and what a row adds to somebody already known."""

from dataclasses import dataclass

import polars as pl

from lianfang.apps.core.imports import Intake
from lianfang.apps.core.registers import field_of, subject_ids
from lianfang.apps.people import selectors
from lianfang.formats.checks import ROW
from lianfang.formats.reasons import Reason

# Empty fields of somebody known that a later list may fill. The others are part of the evidence of the first list.
COMPLETED = ("name", "sex", "birth_date", "age_years", "id_hash", "phone_hash")
_FIXED = ("area_code", "household_code_id", "work_unit_code_id")
_ABOUT = (*COMPLETED, *_FIXED)
WHO = "_who"  # a known person's subject id, negative; else the ROW of the first row about somebody new


@dataclass(frozen=True, slots=True)
class Cast:
    """The persons of a list.

    rows: the accepted rows, with WHO and `adds` (the row gives a value nobody had). new: a row per new person, ROW is
    the first one's. additions: a row per known person with empty fields that are now filled: subject_id, ROW of the
    first row about them, `completed` (names of fields), and the values, null where nothing is added.
    """

    rows: pl.DataFrame
    new: pl.DataFrame
    additions: pl.DataFrame


def tell_apart(intake: Intake, rows: pl.DataFrame, writing: list[str]) -> Cast:
    """Match rows by code and identity number; reject what contradicts the register or an earlier row.

    writing: the fields that, where given, are stored about a known person too.
    """
    codes, hashes = rows["code"].drop_nulls().to_list(), rows["id_hash"].drop_nulls().to_list()
    others = subject_ids(codes).filter(pl.col("kind") != "person")["code"]
    rows = intake.reject(rows, pl.col("code").is_in(others.implode()), "code", Reason.CODE_TAKEN)
    known = selectors.stored_persons(codes, hashes).with_columns(pl.col("name").replace("", None), _sex())
    rows = _agreeing(intake, _identified(intake, rows.with_columns(_sex()), known), known)
    rows = intake.reject(rows, _elsewhere(intake, writing), "code", Reason.OUTSIDE_AREA)
    return Cast(rows, _new(rows), _additions(rows))


def _sex() -> pl.Expr:
    """To say that the sex is unknown is to say nothing."""
    return pl.col("sex").replace("unknown", None)


def _identified(intake: Intake, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add WHO; reject rows whose code and number are two people's, and those that depend on a rejected first row."""
    by_code = known.select("code", code_who=-pl.col("subject_id"))
    numbered = known.filter(pl.col("id_hash").is_not_null())
    by_hash = numbered.select("id_hash", hash_who=-pl.col("subject_id"), known_as="code", known_in="area_code")
    rows = rows.join(by_code, on="code", how="left", maintain_order="left")
    rows = rows.join(by_hash, on="id_hash", how="left", maintain_order="left")
    has_code, has_number = pl.col("code").is_not_null(), pl.col("id_hash").is_not_null()
    first = pl.coalesce("code_who", pl.when(has_code).then(pl.col(ROW).first().over("code")))
    rows = rows.with_columns(code_who=first)
    leader = pl.coalesce("code_who", ROW).first().over("id_hash")
    leading_code = pl.col("code").first().over("id_hash")
    rows = rows.with_columns(
        hash_who=pl.when(has_number).then(pl.coalesce("hash_who", leader)),
        detail=pl.when(pl.col("known_in").is_null()).then(leading_code)
        .when(pl.col("known_in").str.starts_with(intake.reach)).then(pl.col("known_as")),
    )  # fmt: skip
    rows = rows.with_columns(pl.coalesce("code_who", "hash_who").alias(WHO))
    kept = intake.reject(rows, pl.col("code_who") != pl.col("hash_who"), "code", Reason.OTHER_CODE).drop("detail")
    orphaned = (pl.col(WHO) >= 0) & ~pl.col(WHO).is_in(kept[ROW].implode())
    kept = intake.reject(kept, orphaned, "code", Reason.EARLIER_REJECTED)
    return kept.drop("code_who", "hash_who", "known_as", "known_in")


def _agreeing(intake: Intake, rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add what is stored as `had_*`; reject rows that say something else than the store or an earlier row."""
    had = known.select(*(pl.col(name).alias(f"had_{name}") for name in _ABOUT), (-pl.col("subject_id")).alias(WHO))
    rows = rows.join(had, on=WHO, how="left", maintain_order="left")
    for name in _ABOUT:
        value, stored = pl.col(name), pl.col(f"had_{name}")
        if name in _FIXED:
            unfillable = (pl.col(WHO) < 0) & stored.is_null() & value.is_not_null()
            rows = intake.reject(rows, unfillable, field_of(name), Reason.NOT_COMPLETED)
        said = pl.coalesce(stored, value.drop_nulls().first().over(WHO))
        rows = intake.reject(rows, value != said, field_of(name), Reason.DIFFERS)
    return rows.with_columns(adds=pl.any_horizontal(_adds(name) for name in _ABOUT))


def _adds(name: str) -> pl.Expr:
    given = pl.col(name).is_not_null() & pl.col(f"had_{name}").is_null()
    return given & (pl.col(ROW) == pl.col(ROW).filter(given).first().over(WHO))


def _elsewhere(intake: Intake, writing: list[str]) -> pl.Expr:
    """Somebody known who belongs to another area, about whom the row would store something."""
    writes = pl.col("adds") | pl.any_horizontal(pl.col(writing).is_not_null())
    return writes & ~pl.col("had_area_code").str.starts_with(intake.reach)


def _first_said(rows: pl.DataFrame) -> pl.DataFrame:
    names = ["code", "id_number", "phone", "area", *_ABOUT]
    return rows.group_by(WHO, maintain_order=True).agg(pl.col(ROW).first(), pl.col(names).drop_nulls().first())


def _new(rows: pl.DataFrame) -> pl.DataFrame:
    new = _first_said(rows.filter(pl.col(WHO) >= 0))
    return new.with_columns(area=pl.coalesce("area_code", "area"))


def _additions(rows: pl.DataFrame) -> pl.DataFrame:
    known = rows.filter((pl.col(WHO) < 0) & pl.col("adds"))
    columns = [*COMPLETED, "id_number", "phone"]
    stored = {"id_number": "had_id_hash", "phone": "had_phone_hash"}
    lacking = known.with_columns(
        pl.when(pl.col(stored.get(name, f"had_{name}")).is_null()).then(pl.col(name)).alias(name) for name in columns
    )
    added = _first_said(lacking).with_columns(subject_id=-pl.col(WHO))
    named = [pl.when(pl.col(name).is_not_null()).then(pl.lit(field_of(name))) for name in COMPLETED]
    return added.with_columns(completed=pl.concat_str(named, separator=",", ignore_nulls=True))
