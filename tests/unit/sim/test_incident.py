"""The incident's story is in the county's presences, and a trace by the rules of December 2020 finds all of it."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from lianfang.rules.contact import contact_rules
from lianfang.rules.profile import builtin_profiles, load_profile
from lianfang.rules.vocabulary import Direction, PlaceKind, SpecimenResult, SubjectKind
from lianfang.rules.window import IndexFacts, index_windows
from lianfang.sim import CorrectResult, County, Incident, SignResult, TakeSpecimen, make_incident
from lianfang.trace import ContactRule, IndexWindow, Links, Presences, TraceQuery, trace
from tests.unit.sim.county_table import START, small_county

Frames = dict[str, pl.DataFrame]
HOUR = 3600
KINDS = list(PlaceKind)


@pytest.fixture(scope="module")
def incident(county: County) -> Incident:
    return make_incident(county)


def stays(frames: Frames, subject: str, place: str) -> pl.DataFrame:
    return frames["presences"].filter(pl.col("subject") == subject, pl.col("place") == place)


def test_the_porter_moves_the_lot_two_days_before(frames: Frames, county: County) -> None:
    story = county.story
    handled = frames["contacts"].filter(
        pl.col("from") == story.porter, pl.col("to") == story.lot, pl.col("setting") == "picking"
    )
    assert handled["t_in"].to_list() == [story.handled_at]
    assert story.incident_midnight - story.handled_at == 2 * 86_400 - 9 * HOUR - 600
    in_room = stays(frames, story.porter, story.cold_room).filter(pl.col("t_in") == story.handled_at)
    assert len(in_room) == 1


def test_he_sleeps_at_home_with_his_child_who_is_in_class_the_next_day(frames: Frames, county: County) -> None:
    story = county.story
    persons = frames["persons"].filter(pl.col("code").is_in([story.porter, story.child]))
    assert persons["household_code"].n_unique() == 1
    home = persons["household_code"][0]
    night = story.handled_at + 15 * HOUR
    for person in (story.porter, story.child):
        assert len(stays(frames, person, home).filter(pl.col("t_in") < night, pl.col("t_out") > night)) == 1
    at_class = stays(frames, story.child, story.classroom).filter(pl.col("t_in") > night)
    assert at_class["t_in"].min() - night < 9 * HOUR
    room = frames["places"].filter(pl.col("code") == story.classroom)
    assert room["name"][0].endswith("三(2)班")


def test_the_stall_is_at_hengshui_market(frames: Frames, county: County) -> None:
    places = frames["places"]
    stall = places.filter(pl.col("code") == county.story.counters[0])
    market = places.filter(pl.col("code") == stall["parent_code"][0])
    assert market["kind"][0] == "market"
    assert market["name"][0].startswith("横水镇")


def test_nothing_is_known_of_the_porter_after_he_was_taken_away(frames: Frames, county: County) -> None:
    story = county.story
    assert frames["presences"].filter(pl.col("subject") == story.porter)["t_out"].max() == story.porter_leaves_at
    assert frames["contacts"].filter(pl.col("from") == story.porter)["t_out"].max() <= story.porter_leaves_at


def test_inputs_come_in_order_and_refer_to_what_exists(frames: Frames, incident: Incident) -> None:
    assert all(before.at <= after.at for before, after in pairwise(incident.inputs))
    taken = {step.specimen: step for step in incident.inputs if isinstance(step, TakeSpecimen)}
    tables = {SubjectKind.PERSON: "persons", SubjectKind.PACKAGE: "packages", SubjectKind.SURFACE: "surfaces"}
    for step in taken.values():
        assert step.subject in frames[tables[step.kind]]["code"]
        assert step.place is None or step.place in frames["places"]["code"]
    for step in incident.inputs:
        assert step.at >= taken[step.specimen].at


def test_one_positive_of_each_kind_and_one_annulled(county: County, incident: Incident) -> None:
    taken = {step.specimen: step for step in incident.inputs if isinstance(step, TakeSpecimen)}
    signed = [step for step in incident.inputs if isinstance(step, SignResult)]
    positive = [taken[step.specimen].kind for step in signed if step.result == SpecimenResult.POSITIVE]
    assert positive == [SubjectKind.PACKAGE, SubjectKind.PACKAGE, SubjectKind.SURFACE, SubjectKind.PERSON]
    (annulled,) = [step for step in incident.inputs if isinstance(step, CorrectResult)]
    assert annulled.result is None
    assert taken[annulled.specimen].subject == county.story.false_package
    assert {step.specimen for step in signed} == set(taken)


def test_the_sampled_packages_are_still_in_their_rooms(frames: Frames, county: County) -> None:
    sampled = frames["packages"].filter(pl.col("code").is_in([county.story.package, county.story.false_package]))
    assert len(sampled) == 2
    assert sampled["sublot_code"].null_count() == 2


def test_all_parts_of_the_story_must_be_found(incident: Incident) -> None:
    reasons = {truth.why for truth in incident.must_reach}
    assert len(reasons) == 10
    assert {truth.direction for truth in incident.must_reach} == set(Direction)


class Tracer:
    """Asks the trace engine as the system does, by the December 2020 profile, over people and goods."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.profile = load_profile(builtin_profiles()["covid19-2020-12"])
        table, contacts = county.presences, county.contacts
        subject, place = table["subject"].chunk(0), table["place"].chunk(0)
        self.index = {code: i for i, code in enumerate(subject.dictionary.to_pylist())}
        n_places, n_contacts = len(place.dictionary), contacts.num_rows
        pair = [self.index[code] for column in ("from", "to") for code in contacts[column].to_pylist()]
        at = np.tile(np.arange(n_contacts) + n_places, 2)
        self.presences = Presences(
            np.r_[subject.indices.to_numpy(), pair].astype(np.int64),
            np.r_[place.indices.to_numpy(), at].astype(np.int64),
            np.r_[table["t_in"].to_numpy(), np.tile(contacts["t_in"].to_numpy(), 2)],
            np.r_[table["t_out"].to_numpy(), np.tile(contacts["t_out"].to_numpy(), 2)],
        )
        ends = [np.array([self.index[code] for code in county.links[end].to_pylist()]) for end in ("from", "to")]
        self.links = Links(*ends, county.links["at"].to_numpy())
        kinds = [*county.places["kind"].to_pylist(), *["contact"] * n_contacts]
        self.kinds = (np.arange(len(kinds)), np.array([KINDS.index(PlaceKind(kind)) for kind in kinds]))

    def generations(self, subject: str, facts: IndexFacts, direction: Direction, horizon: int) -> dict[str, int]:
        windows = index_windows(facts, self.profile).outcome
        window = windows.forward if direction == Direction.FORWARD else windows.backward
        assert window is not None
        rules = contact_rules(self.profile).items()
        query = TraceQuery(
            index=(IndexWindow(self.index[subject], *window),),
            direction=direction.value,
            generations=2 if direction == Direction.FORWARD else 1,
            horizon=horizon,
            rules_by_kind={
                KINDS.index(kind): ContactRule(rule.min_overlap_s, rule.linger_s, rule.cumulative)
                for kind, rule in rules
            },
        )
        found = trace(self.presences, query, links=self.links, place_kind=self.kinds).exposures
        codes = list(self.index)
        pairs = zip(found["subject"].to_pylist(), found["generation"].to_pylist(), strict=True)
        return {codes[i]: generation for i, generation in pairs}


def traced(county: County, incident: Incident) -> dict[tuple[str, Direction], dict[str, int]]:
    """Generations of all reached, by the specimen whose result opened the trace."""
    tracer, story = Tracer(county), county.story
    taken = {step.specimen: step for step in incident.inputs if isinstance(step, TakeSpecimen)}
    signed = {step.specimen: step.at for step in incident.inputs if isinstance(step, SignResult)}
    answers = {}
    for specimen, direction in {(truth.specimen, truth.direction) for truth in incident.must_reach}:
        step = taken[specimen]
        goods = step.kind == SubjectKind.PACKAGE
        kind = SubjectKind.LOT if goods else step.kind
        facts = IndexFacts(
            kind,
            step.at,
            last_negative_at=story.arrived_at + HOUR if goods else None,
            arrived_at=story.arrived_at if goods else None,
        )
        subject = story.lot if goods else step.subject
        answers[specimen, direction] = tracer.generations(subject, facts, direction, signed[specimen])
    return answers


def assert_all_found(county: County, incident: Incident) -> None:
    answers = traced(county, incident)
    for truth in incident.must_reach:
        reached = answers[truth.specimen, truth.direction]
        assert truth.subject in reached, truth
        assert reached[truth.subject] <= truth.within_generations, truth


def test_the_trace_finds_whoever_must_be_found(county: County, incident: Incident) -> None:
    assert_all_found(county, incident)


@pytest.mark.parametrize("later", range(1, 7))
def test_the_story_holds_whatever_the_weekday(later: int) -> None:
    county = small_county(population=800, seed=later, start_day=START + timedelta(days=later))
    assert_all_found(county, make_incident(county))


def test_the_smallest_and_shortest_county_has_the_story() -> None:
    county = small_county(population=500, seed=1, days=10)
    assert_all_found(county, make_incident(county))
