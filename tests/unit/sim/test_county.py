"""What a county promises to those who load it: keys that meet, numbers that validate, days that are possible."""

import polars as pl
import pytest
from stdnum.cn import uscc

from lianfang.formats.id_numbers import valid_id_numbers
from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind
from lianfang.sim import County
from tests.unit.sim.county_table import DAYS, DIVISIONS, small_county

Frames = dict[str, pl.DataFrame]
DAY = 86_400
FIRST_SECOND = 1_606_406_400  # 2020-11-27 00:00 in the county


def test_every_code_is_unique_in_its_name_space(frames: Frames) -> None:
    subjects = pl.concat([frames[name]["code"] for name in ("persons", "lots", "packages", "surfaces")])
    assert subjects.is_unique().all()
    assert frames["places"]["code"].is_unique().all()
    assert frames["organisations"]["code"].is_unique().all()


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("persons", "household_code", "places"),
        ("persons", "work_unit_code", "organisations"),
        ("persons", "work_place_code", "places"),
        ("places", "organisation_code", "organisations"),
        ("places", "parent_code", "places"),
        ("lots", "parent_code", "lots"),
        ("lots", "owner_code", "organisations"),
        ("lots", "driver_code", "persons"),
        ("lots", "storage_code", "places"),
        ("lots", "destination_code", "places"),
        ("packages", "lot_code", "lots"),
        ("packages", "sublot_code", "lots"),
        ("surfaces", "place_code", "places"),
        ("presences", "place", "places"),
        ("links", "from", "lots"),
        ("links", "to", "lots"),
        ("contacts", "from", "persons"),
        ("contacts", "to", "lots"),
    ],
)
def test_references_meet(frames: Frames, table: str, column: str, target: str) -> None:
    found = frames[table][column].drop_nulls()
    assert len(found)
    assert found.is_in(frames[target]["code"].implode()).all()


def test_subjects_of_presences_are_people_and_lots(frames: Frames) -> None:
    known = pl.concat([frames["persons"]["code"], frames["lots"]["code"]])
    assert frames["presences"]["subject"].is_in(known.implode()).all()


def test_words_come_from_the_vocabulary(frames: Frames) -> None:
    assert set(frames["places"]["kind"]) <= set(PlaceKind)
    assert set(frames["organisations"]["responsible_kind"]) <= set(ResponsibleKind)
    kinds = {"township", "village", "regulator", "employer", "venue", "hospital", "warehouse"}
    assert set(frames["organisations"]["kind"]) == kinds


def test_areas_are_those_given(frames: Frames) -> None:
    codes = {row.code for row in DIVISIONS}
    for table in ("persons", "places", "organisations", "lots"):
        assert set(frames[table]["area_code"]) <= codes
    bodies = frames["organisations"].filter(pl.col("kind").is_in(["township", "village"]))
    assert set(bodies["area_code"]) == codes - {"140826"}


def test_numbers_validate(frames: Frames) -> None:
    persons = frames["persons"]
    assert valid_id_numbers(persons["id_number"]).equals(persons["id_number"])
    assert persons["id_number"].is_unique().all()
    assert persons["phone"].str.contains(r"^1740[0-5]\d{6}$").all()
    assert all(uscc.is_valid(code) for code in frames["organisations"]["uscc"])
    assert frames["organisations"]["uscc"].is_unique().all()
    assert all(uscc.is_valid(code) for code in frames["lots"]["importer_uscc"].unique())


def test_names_of_sites_tell_them_apart(frames: Frames) -> None:
    assert frames["places"]["name"].is_unique().all()
    assert frames["organisations"]["name"].is_unique().all()


def test_presences_lie_in_the_period_in_order(frames: Frames) -> None:
    presences = frames["presences"]
    assert presences["t_in"].is_sorted()
    assert (presences["t_in"] < presences["t_out"]).all()
    assert presences["t_in"].min() == FIRST_SECOND
    assert presences["t_out"].max() == FIRST_SECOND + DAYS * DAY


def test_a_person_day_has_about_two_presences(county: County) -> None:
    assert 1.3 < county.presences.num_rows / county.population / DAYS < 3.0


def test_nobody_is_in_two_places_at_once(frames: Frames) -> None:
    outer = frames["presences"].filter(pl.col("parent_code").is_null()).sort("subject", "t_in")
    before = pl.col("t_out").shift(1).over("subject")
    assert outer.filter(before > pl.col("t_in")).is_empty()


def test_people_at_an_inner_place_are_at_the_outer_one(frames: Frames) -> None:
    inner = frames["presences"].filter(pl.col("parent_code").is_not_null(), pl.col("subject").str.starts_with("P"))
    visits = inner.filter(pl.col("kind") == "shop").join(
        frames["presences"], left_on=["subject", "parent_code"], right_on=["subject", "place"], suffix="_outer"
    )
    held = visits.filter(pl.col("t_in") >= pl.col("t_in_outer"), pl.col("t_out") <= pl.col("t_out_outer"))
    sellers = frames["persons"].filter(pl.col("occupation") == "cold_chain_seller")["code"]
    customers = inner.filter(pl.col("kind") == "shop", ~pl.col("subject").is_in(sellers.implode()))
    assert len(customers)
    assert customers.join(held, on=["subject", "t_in"], how="anti").is_empty()


def test_classes_meet_from_monday_to_friday(frames: Frames) -> None:
    classes = frames["presences"].filter(pl.col("kind") == "classroom")
    weekday = pl.from_epoch(classes["t_in"] + 8 * 3600).dt.weekday()
    assert weekday.is_in([1, 2, 3, 4, 5]).all()
    assert weekday.n_unique() == 5


def test_everybody_sleeps_somewhere(frames: Frames) -> None:
    beds = frames["presences"].filter(pl.col("kind").is_in(["household", "hotel"]))
    midnight = FIRST_SECOND + 9 * DAY
    asleep = beds.filter(pl.col("t_in") < midnight, pl.col("t_out") >= midnight)
    people = frames["persons"].filter(pl.col("returned_at").fill_null(0) < midnight)
    assert len(asleep) == len(people)


def test_who_comes_back_was_not_here_before(frames: Frames) -> None:
    back = frames["persons"].filter(pl.col("returned_at").is_not_null())
    assert len(back) >= 5
    stays = frames["presences"].join(back, left_on="subject", right_on="code")
    before = stays.filter(pl.col("t_in") < pl.col("returned_at"))
    assert set(before["kind"]) <= {"bus", "train"}
    assert len(before) == len(back)
    assert set(back["returned_from"].str.len_chars()) == {6}


def test_a_few_places_draw_most_visitors() -> None:
    county = small_county(population=12_000)
    stays = pl.from_arrow(county.presences.select(["place"]))
    assert isinstance(stays, pl.DataFrame)
    places = pl.from_arrow(county.places)
    assert isinstance(places, pl.DataFrame)
    counts = stays.with_columns(pl.col("place").cast(pl.String)).group_by("place").len()
    for kind in ("shop", "work_unit", "restaurant"):
        of_kind = places.filter(pl.col("kind") == kind).join(counts, left_on="code", right_on="place")["len"]
        assert of_kind.max() > 2.5 * of_kind.median()


def test_children_are_reached_by_the_head_of_their_household(frames: Frames) -> None:
    persons = frames["persons"].with_columns(head=pl.col("phone").first().over("household_code"))
    small = persons.filter(pl.col("birth_date") > pl.date(2009, 1, 1))
    assert (small["phone"] == small["head"]).all()
    grown = persons.filter(pl.col("birth_date") < pl.date(2008, 11, 1))
    assert grown["phone"].is_unique().all()


def test_a_county_too_small_or_short_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        small_county(population=100)
    with pytest.raises(ValueError, match="at least"):
        small_county(days=5)


def test_other_seeds_make_other_counties(county: County) -> None:
    assert small_county(seed=8).persons["name"] != county.persons["name"]
