"""The demo incident: what the laboratory reports hour by hour, and who must be found.

The inputs enter the system through the same services as real ones; nothing is precomputed. On the
incident's day a package in cold room 2 of the total warehouse is positive, and so, wrongly, is one of another lot; a
surface of the room follows in the evening. The porter who moved the lot is tested that evening and positive the next
morning, the false positive is annulled, the porter's family is negative.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.rules.vocabulary import Direction, SpecimenResult, SubjectKind
from lianfang.sim.county import County

_MINUTE = 60
_HOUR = 3600
_DAY = 86_400
# How far back the porter's contacts are surely asked for: two days before his specimen, as in every edition.
_LOOK_BACK = 2 * _DAY
_LOT_SIGNED = 14 * _HOUR + 28 * _MINUTE
_PORTER_TESTED = 19 * _HOUR + 30 * _MINUTE
_LAB, _FIELD, _STORE = "laboratory", "epidemiologist", "warehouse"


@dataclass(frozen=True, slots=True)
class TakeSpecimen:
    """At `at` (epoch seconds) a specimen is taken from a subject at a place; `site` says from what part of it."""

    at: int
    specimen: str
    kind: SubjectKind
    subject: str
    place: str | None
    site: str
    by: str  # role of the account that enters it


@dataclass(frozen=True, slots=True)
class SignResult:
    """At `at` a result is signed; `ct` is the cycle threshold of a positive."""

    at: int
    specimen: str
    result: SpecimenResult
    ct: float | None
    by: str


@dataclass(frozen=True, slots=True)
class CorrectResult:
    """At `at` an earlier result is replaced by another one, or annulled (`result` None), for a reason."""

    at: int
    specimen: str
    result: SpecimenResult | None
    reason: str
    by: str


Input: TypeAlias = TakeSpecimen | SignResult | CorrectResult


@dataclass(frozen=True, slots=True)
class MustReach:
    """A truth of the story: a trace from this specimen's subject reaches `subject` within so many generations.

    The trace starts at the lot of a package. `via` is what the first step to the subject is: handling, link or stay.
    """

    specimen: str
    direction: Direction
    kind: SubjectKind
    subject: str
    within_generations: int
    via: str
    why: str


@dataclass(frozen=True, slots=True)
class Incident:
    """The timed inputs in their order and what the system must find."""

    inputs: tuple[Input, ...]
    must_reach: tuple[MustReach, ...]


def make_incident(county: County) -> Incident:
    """Write the script of the county's incident, on the last day of its record and the day after."""
    inputs = (*_goods_inputs(county), *_people_inputs(county))
    return Incident(tuple(sorted(inputs, key=lambda step: step.at)), (*_from_lot(county), *_from_porter(county)))


def _goods_inputs(county: County) -> tuple[Input, ...]:
    story = county.story
    morning, stamp = story.incident_midnight, _stamp(county)
    first, positive, wrong, surface = f"{stamp}-G001", f"{stamp}-G002", f"{stamp}-G003", f"{stamp}-E001"
    package, room, other_room = SubjectKind.PACKAGE, story.cold_room, _place_of(county, story.false_lot)
    on_arrival = story.arrived_at + _HOUR
    later, afternoon = morning + 8 * _HOUR + 55 * _MINUTE, morning + 15 * _HOUR + 40 * _MINUTE
    outside = "外包装"
    return (
        TakeSpecimen(on_arrival, first, package, f"{story.lot}-P0001", room, outside, _STORE),
        SignResult(on_arrival + 6 * _HOUR, first, SpecimenResult.NEGATIVE, None, _LAB),
        TakeSpecimen(morning + 8 * _HOUR + 40 * _MINUTE, positive, package, story.package, room, outside, _STORE),
        TakeSpecimen(later, wrong, package, story.false_package, other_room, outside, _STORE),
        SignResult(morning + _LOT_SIGNED, positive, SpecimenResult.POSITIVE, 31.6, _LAB),
        SignResult(morning + 14 * _HOUR + 52 * _MINUTE, wrong, SpecimenResult.POSITIVE, 37.9, _LAB),
        TakeSpecimen(afternoon, surface, SubjectKind.SURFACE, story.surface, room, "门把手", _FIELD),
        SignResult(morning + 20 * _HOUR + 5 * _MINUTE, surface, SpecimenResult.POSITIVE, 34.2, _LAB),
        CorrectResult(morning + 34 * _HOUR + 15 * _MINUTE, wrong, None, "复核两次阴性,实验室交叉污染", _LAB),
    )  # fmt: skip


def _people_inputs(county: County) -> tuple[Input, ...]:
    """The porter's specimen of the evening, positive the next morning; then his family's, all negative."""
    story = county.story
    morning, stamp, throat = story.incident_midnight, _stamp(county), "咽拭子"
    steps: list[Input] = []
    tests = [(story.porter, _PORTER_TESTED, 31 * _HOUR + 35 * _MINUTE, SpecimenResult.POSITIVE)]
    tests += [(code, 33 * _HOUR, 39 * _HOUR, SpecimenResult.NEGATIVE) for code in _household(county)[1]]
    for number, (person, taken, signed, result) in enumerate(tests, 1):
        specimen = f"{stamp}-P{number:03d}"
        ct = 27.4 if result == SpecimenResult.POSITIVE else None
        steps.append(TakeSpecimen(morning + taken, specimen, SubjectKind.PERSON, person, None, throat, _FIELD))
        steps.append(SignResult(morning + signed, specimen, result, ct, _LAB))
    return tuple(steps)


def _from_lot(county: County) -> list[MustReach]:
    """Whom and what the positive package leads to, all after the lot's negative specimen of the arrival."""
    story = county.story
    specimen = f"{_stamp(county)}-G002"
    person, lot = SubjectKind.PERSON, SubjectKind.LOT
    found = [
        (person, story.porter, 1, "handling", "moved the lot for the market stall"),
        (person, story.colleague, 1, "handling", "moved the lot for the shop"),
        (person, story.inspector, 1, "handling", "took the specimen"),
        *((lot, part, 1, "link", "was taken out of the lot") for part in story.sublots),
        *((person, driver, 2, "handling", "brought a part of the lot to its counter") for driver in story.drivers),
        *((person, seller, 2, "handling", "put a part of the lot on sale") for seller in story.sellers),
        *((person, code, 2, "stay", "lives with the porter") for code in _at_home(county)),
        *((lot, code, 1, "stay", "lay in the same cold room") for code in _neighbours(county)),
    ]
    return [MustReach(specimen, Direction.FORWARD, *entry) for entry in found]


def _from_porter(county: County) -> list[MustReach]:
    """Whom the positive porter leads to, and the lot he may have it from."""
    story = county.story
    specimen = f"{_stamp(county)}-P001"
    person = SubjectKind.PERSON
    found = [(person, code, 1, "stay", "lives with the porter") for code in _at_home(county)]
    found += [(person, code, 2, "stay", "sat in class with the porter's child") for code in _classmates(county)]
    forward = [MustReach(specimen, Direction.FORWARD, *entry) for entry in found]
    source = MustReach(
        specimen, Direction.BACKWARD, SubjectKind.LOT, story.lot, 1, "handling", "was handled by the porter before"
    )
    return [*forward, source]


def _stamp(county: County) -> str:
    """The incident's date, with which its specimens' codes begin."""
    return f"{county.start_day + timedelta(days=county.days - 1):%Y%m%d}"


def _household(county: County) -> tuple[str, list[str]]:
    """The porter's home and the people living with him."""
    persons = county.persons
    row = pc.index(persons["code"], county.story.porter).as_py()
    home = persons["household_code"][row].as_py()
    members = persons.filter(pc.equal(persons["household_code"], home))["code"].to_pylist()
    return home, [code for code in members if code != county.story.porter]


def _place_of(county: County, lot: str) -> str:
    lots = county.lots
    return str(lots["storage_code"][pc.index(lots["code"], lot).as_py()].as_py())


def _look_back(county: County) -> int:
    """Start of the porter's contacts: two days before his specimen, not before he handled the lot."""
    taken = county.story.incident_midnight + _PORTER_TESTED
    return max(taken - _LOOK_BACK, county.story.handled_at)


def _at_home(county: County) -> list[str]:
    """Family members who were at home with the porter in the time looked back on."""
    home, family = _household(county)
    window = (_look_back(county), county.story.porter_leaves_at)
    return sorted(set(family) & _met(county, home, county.story.porter, window))


def _classmates(county: County) -> list[str]:
    """Who sat in class with the porter's child after a night the child shared with him."""
    story = county.story
    if story.child not in _at_home(county):
        return []
    window = (_look_back(county), story.porter_leaves_at)
    return sorted(_met(county, story.classroom, story.child, window) - set(_household(county)[1]))


def _neighbours(county: County) -> list[str]:
    """Lots that lay in the cold room with the positive one after its negative specimen."""
    story = county.story
    window = (story.arrived_at + _HOUR, story.incident_midnight + _LOT_SIGNED)
    lots = set(county.lots["code"].to_pylist())
    return sorted(lots & _met(county, story.cold_room, story.lot, window))


def _met(county: County, place: str, subject: str, window: tuple[int, int]) -> set[str]:
    """Subjects that spent an hour and more at a place together with one, in one stay each, within the window."""
    table = county.presences
    subjects, places = table["subject"].chunk(0), table["place"].chunk(0)
    at_place = np.flatnonzero(places.indices.to_numpy() == pc.index(places.dictionary, place).as_py())
    who = subjects.indices.to_numpy()[at_place]
    t_in = np.maximum(table["t_in"].to_numpy()[at_place], window[0])
    t_out = np.minimum(table["t_out"].to_numpy()[at_place], window[1])
    own = who == pc.index(subjects.dictionary, subject).as_py()
    met: set[str] = set()
    for start, end in zip(t_in[own].tolist(), t_out[own].tolist(), strict=True):
        together = np.minimum(t_out, end) - np.maximum(t_in, start) >= _HOUR
        met.update(subjects.dictionary.take(pa.array(np.unique(who[together & ~own]))).to_pylist())
    return met
