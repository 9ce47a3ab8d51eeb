"""What an exposure makes of a person or of goods. Table: docs/rules/contact.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from lianfang.rules.profile import PlaceRule, Profile
from lianfang.rules.verdict import Reason, Verdict, distinct
from lianfang.rules.vocabulary import Direction, ExposureClass, PlaceKind, SubjectKind, strictness

Finding = tuple[ExposureClass, Reason]

POSITIVE = (ExposureClass.INDEX, ExposureClass.POSITIVE_LOT)


@dataclass(frozen=True, slots=True)
class ContactRule:
    """What the trace engine counts as an exposure at one kind of place; seconds."""

    min_overlap_s: int
    linger_s: int
    cumulative: bool


@dataclass(frozen=True, slots=True)
class PlaceExposure:
    """The seconds a subject spent with one source at one place (summed when the place's rule is cumulative).

    `lingering_only`: the source had left and only the lingering time was shared. `protected`: effective protection
    was worn throughout (signed by the person who says so, never assumed).
    """

    place_kind: PlaceKind
    seconds: int
    lingering_only: bool
    source_kind: SubjectKind
    source_class: ExposureClass
    protected: bool = False


@dataclass(frozen=True, slots=True)
class ExposureFacts:
    """All that is known of one subject's exposure to an index.

    `generation` 0 is the index itself. `via_link`: reached by a split, merge or repacking;
    `link_source_classes` are the classes at the other end of those links (empty: the index itself).
    """

    subject_kind: SubjectKind
    direction: Direction
    generation: int
    source_kinds: tuple[SubjectKind, ...]
    places: tuple[PlaceExposure, ...]
    via_link: bool = False
    link_source_classes: tuple[ExposureClass, ...] = ()


def contact_rules(profile: Profile) -> Mapping[PlaceKind, ContactRule]:
    """The trace engine's rule for every kind of place. Source: the profile's `places`."""
    return {
        kind: ContactRule(rule.min_overlap_s, rule.linger_s, rule.cumulative) for kind, rule in profile.places.items()
    }


def classify(facts: ExposureFacts, profile: Profile) -> Verdict[ExposureClass]:
    """The class of one subject: the strictest of what its exposures give. Source: docs/rules/contact.md C-0..C-31."""
    findings = sorted(_findings(facts, profile), key=lambda finding: -strictness(finding[0]))
    outcome = findings[0][0]
    return Verdict(outcome, distinct([reason for _, reason in findings]), facts, profile.edition, "classify")


def _findings(facts: ExposureFacts, profile: Profile) -> list[Finding]:
    if facts.generation == 0:
        return [(ExposureClass.INDEX, Reason("C-0"))]
    is_person = facts.subject_kind is SubjectKind.PERSON
    if not is_person and profile.goods is None:
        return [(ExposureClass.NOT_EXPOSED, Reason("C-20"))]
    if facts.generation > _generations(facts.direction, profile):
        return [(ExposureClass.NOT_EXPOSED, Reason("C-14", {"generation": facts.generation}))]
    findings = [] if is_person else _link_findings(facts)
    for place in facts.places:
        rule = profile.places[place.place_kind]
        if place.source_kind is not SubjectKind.PERSON and profile.goods is None:
            findings.append((ExposureClass.NOT_EXPOSED, _at("C-20", place)))
        elif place.seconds < rule.min_overlap_s:
            findings.append((ExposureClass.NOT_EXPOSED, _at("C-12", place)))
        elif facts.direction is Direction.BACKWARD:
            findings.append(_source_finding(facts.subject_kind, place, rule))
        elif is_person:
            findings.append(_person_finding(place, rule))
        else:
            findings.append(_goods_finding(place, rule))
    return findings or [(ExposureClass.NOT_EXPOSED, Reason("C-13"))]


def _generations(direction: Direction, profile: Profile) -> int:
    trace = profile.trace
    return trace.generations_forward if direction is Direction.FORWARD else trace.generations_backward


def _at(code: str, place: PlaceExposure) -> Reason:
    return Reason(code, {"place_kind": place.place_kind.value, "seconds": place.seconds})


def _link_findings(facts: ExposureFacts) -> list[Finding]:
    if not facts.via_link:
        return []
    findings = []
    for source_class in facts.link_source_classes or (ExposureClass.INDEX,):
        if source_class in POSITIVE:
            row = "C-21" if facts.direction is Direction.FORWARD else "C-31"
            findings.append((ExposureClass.POSITIVE_LOT, Reason(row)))
        elif source_class is ExposureClass.IMPLICATED_LOT:
            findings.append((ExposureClass.IMPLICATED_LOT, Reason("C-22")))
        elif facts.direction is Direction.BACKWARD and source_class is ExposureClass.POSSIBLE_SOURCE:
            findings.append((ExposureClass.POSSIBLE_SOURCE, Reason("C-30")))
        else:
            findings.append((ExposureClass.NOT_EXPOSED, Reason("C-26")))
    return findings


def _person_finding(place: PlaceExposure, rule: PlaceRule) -> Finding:
    if place.source_kind is not SubjectKind.PERSON:
        return _with_object(place, rule)
    if place.source_class is ExposureClass.INDEX:
        return _with_case(place, rule)
    if place.source_class is ExposureClass.CLOSE_CONTACT:
        found, _ = _with_case(place, rule)
        if found is ExposureClass.CLOSE_CONTACT:
            return ExposureClass.SECONDARY_CONTACT, _at("C-8", place)
        return ExposureClass.NOT_EXPOSED, _at("C-9", place)
    return ExposureClass.NOT_EXPOSED, _at("C-10", place)


def _with_case(place: PlaceExposure, rule: PlaceRule) -> Finding:
    found, row = rule.person_class, "C-1"
    if found is ExposureClass.GENERAL_CONTACT:
        row = "C-3"
    elif found is ExposureClass.NOT_EXPOSED:
        return found, _at("C-11", place)
    elif place.seconds < rule.close_after_s:
        found, row = ExposureClass.GENERAL_CONTACT, "C-2"
    return _mitigated(found, row, place, rule)


def _with_object(place: PlaceExposure, rule: PlaceRule) -> Finding:
    """Being with, or handling, contaminated goods or a contaminated surface."""
    found = rule.object_class
    if found is ExposureClass.NOT_EXPOSED:
        return found, _at("C-11", place)
    if place.source_class in POSITIVE:
        return _mitigated(found, "C-6", place, rule)
    if place.source_class is ExposureClass.IMPLICATED_LOT and found is ExposureClass.CLOSE_CONTACT:
        return _mitigated(ExposureClass.GENERAL_CONTACT, "C-7", place, rule)
    return ExposureClass.NOT_EXPOSED, _at("C-10", place)


def _mitigated(found: ExposureClass, row: str, place: PlaceExposure, rule: PlaceRule) -> Finding:
    if place.lingering_only and strictness(rule.lingering_class) < strictness(found):
        found, row = rule.lingering_class, "C-4"
    if place.protected and found is ExposureClass.CLOSE_CONTACT:
        found, row = ExposureClass.GENERAL_CONTACT, "C-5"
    return found, _at(row, place)


def _goods_finding(place: PlaceExposure, rule: PlaceRule) -> Finding:
    if place.source_class not in POSITIVE:
        return ExposureClass.NOT_EXPOSED, _at("C-26", place)
    if rule.lot_class is ExposureClass.NOT_EXPOSED:
        return ExposureClass.NOT_EXPOSED, _at("C-25", place)
    row = "C-24" if place.source_kind is SubjectKind.PERSON else "C-23"
    return rule.lot_class, _at(row, place)


def _source_finding(subject_kind: SubjectKind, place: PlaceExposure, rule: PlaceRule) -> Finding:
    """Backward: the pair counts when the profile holds that kind of pair at that kind of place for an exposure."""
    persons = (subject_kind, place.source_kind).count(SubjectKind.PERSON)
    counts_as = (rule.lot_class, rule.object_class, rule.person_class)[persons]
    if counts_as is ExposureClass.NOT_EXPOSED:
        return counts_as, _at("C-11", place)
    return ExposureClass.POSSIBLE_SOURCE, _at("C-30", place)
