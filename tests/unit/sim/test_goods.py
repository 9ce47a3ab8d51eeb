"""The goods' way through the county is possible and complete."""

import polars as pl

from lianfang.sim import County

Frames = dict[str, pl.DataFrame]


def stays_of_lots(frames: Frames) -> pl.DataFrame:
    return frames["presences"].filter(pl.col("subject").str.starts_with("JX-"))


def test_parts_never_exceed_their_lot(frames: Frames) -> None:
    lots = frames["lots"]
    parts = lots.filter(pl.col("parent_code").is_not_null()).group_by("parent_code").agg(pl.col("pieces").sum())
    both = lots.join(parts, left_on="code", right_on="parent_code", suffix="_parts")
    assert len(both)
    assert (both["pieces_parts"] <= both["pieces"]).all()


def test_every_package_is_listed_and_leaves_with_one_part(frames: Frames) -> None:
    lots, packages = frames["lots"], frames["packages"]
    first = lots.filter(pl.col("parent_code").is_null())
    counts = packages.group_by("lot_code").len().join(first, left_on="lot_code", right_on="code")
    assert len(counts) == len(first)
    assert (counts["len"] == counts["pieces"]).all()
    left = packages.drop_nulls("sublot_code").group_by("sublot_code").len()
    parts = left.join(lots, left_on="sublot_code", right_on="code")
    assert (parts["len"] == parts["pieces"]).all()


def test_a_part_is_linked_when_it_leaves(frames: Frames) -> None:
    lots = frames["lots"].select("code", "parent_code", "arrived_at", "released_at")
    links = frames["links"].join(lots, left_on="to", right_on="code")
    assert (links["from"] == links["parent_code"]).all()
    assert (links["at"] > links["arrived_at"]).all()
    assert (links["at"] == links["released_at"]).all()
    first_stay = stays_of_lots(frames).group_by("subject").agg(pl.col("t_in").min())
    started = links.join(first_stay, left_on="to", right_on="subject")
    assert (started["t_in"] >= started["at"]).all()


def test_no_part_leaves_before_its_lot_is_released(frames: Frames) -> None:
    lots = frames["lots"]
    parts = lots.filter(pl.col("parent_code").is_not_null()).join(
        lots.select("code", "released_at"), left_on="parent_code", right_on="code", suffix="_lot"
    )
    assert (parts["released_at"] > parts["released_at_lot"]).all()


def test_lots_are_in_cold_rooms_and_trucks_one_at_a_time(frames: Frames) -> None:
    stays = stays_of_lots(frames).sort("subject", "t_in")
    assert set(stays["kind"]) == {"cold_room", "truck"}
    assert stays.filter(pl.col("t_out").shift(1).over("subject") > pl.col("t_in")).is_empty()


def test_porters_are_in_one_cold_room_at_a_time_and_at_work(frames: Frames) -> None:
    porters = frames["persons"].filter(pl.col("occupation") == "porter")["code"]
    stays = frames["presences"].filter(pl.col("subject").is_in(porters.implode()))
    cold = stays.filter(pl.col("kind") == "cold_room").sort("subject", "t_in")
    assert cold.filter(pl.col("t_out").shift(1).over("subject") > pl.col("t_in")).is_empty()
    shifts = stays.filter(pl.col("kind") == "warehouse")
    held = cold.join(shifts, left_on=["subject", "parent_code"], right_on=["subject", "place"], suffix="_shift")
    inside = held.filter(pl.col("t_in") >= pl.col("t_in_shift"), pl.col("t_in") < pl.col("t_out_shift"))
    assert len(inside) == len(cold)


def test_drivers_travel_with_the_goods(frames: Frames) -> None:
    trucks = frames["presences"].filter(pl.col("kind") == "truck")
    goods = trucks.filter(pl.col("subject").str.starts_with("JX-"))
    drivers = trucks.filter(pl.col("subject").str.starts_with("P"))
    together = goods.join(drivers, on="place", suffix="_driver").filter(
        pl.col("t_in") < pl.col("t_out_driver"), pl.col("t_out") > pl.col("t_in_driver")
    )
    assert goods.join(together, on=["subject", "t_in"], how="anti").is_empty()


def test_every_way_of_handling_occurs_in_the_period(frames: Frames, county: County) -> None:
    contacts = frames["contacts"]
    settings = {"handover", "unloading", "sampling", "picking", "loading", "delivery", "stocking"}
    assert set(contacts["setting"]) == settings
    assert (contacts["t_in"] < contacts["t_out"]).all()
    assert contacts["t_out"].max() <= county.story.incident_midnight + 86_400


def test_lots_carry_their_papers(frames: Frames) -> None:
    lots = frames["lots"].filter(pl.col("parent_code").is_null())
    optional = {"parent_code", "destination_code", "released_at", "release_cert_no"}
    for column in set(lots.columns) - optional:
        assert lots[column].null_count() == 0, column
    assert (lots["production_date"] < lots["entry_date"]).all()
    assert lots["country"].n_unique() > 3
