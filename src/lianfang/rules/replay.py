"""Stored verdicts read back and decided again: the same facts and profile must give the same bytes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lianfang.rules.assay import AssayFacts, AssayOutcome, call_specimen
from lianfang.rules.codec import CodecError
from lianfang.rules.commissioning import MilestoneFacts, Progress, judge_milestone
from lianfang.rules.contact import ExposureFacts, classify
from lianfang.rules.custody import CustodyFacts, Timeliness, judge_custody
from lianfang.rules.dilution import DilutionFacts, permit_dilution
from lianfang.rules.follow_up import FollowUpFacts, FollowUps, SymptomFacts, Watch, follow_ups, watch_symptoms
from lianfang.rules.gate import Admission, GateFacts, decide_admission
from lianfang.rules.goods import LotDecision, LotFacts, decide_lot
from lianfang.rules.health import TemperatureFacts, has_fever
from lianfang.rules.healthcode import CodeFacts, CodeOutcome, decide_colour
from lianfang.rules.matching import Match, MatchFacts, decide_match
from lianfang.rules.measure import AftercareFacts, MeasureFacts, MeasureOrder, order_aftercare, order_measures
from lianfang.rules.merging import MergeDecision, MergeFacts, decide_merge
from lianfang.rules.monitor import Alarm, MonitorFacts, watch_codes
from lianfang.rules.ordering import OrderFacts, OrderState, judge_order
from lianfang.rules.pooling import Meaning, SharedFacts, SharingFacts, Tube, decide_sharing, read_shared
from lianfang.rules.profile import Profile
from lianfang.rules.quality_control import RunFacts, RunValidity, SeriesFacts, SeriesState, judge_run, judge_series
from lianfang.rules.release import ReleaseFacts, ReleaseOutcome, decide_release
from lianfang.rules.returnee import Screening, ScreeningFacts, screen_return
from lianfang.rules.risk import RiskAnswer, RiskFacts, risk_on
from lianfang.rules.risk_list import ListDecision, ListFacts, decide_list
from lianfang.rules.routing import Routing, RoutingFacts, advise_route
from lianfang.rules.standing import Standing, StandingFacts, decide_standing
from lianfang.rules.turnaround import TubeFacts, Turnaround, decide_turnaround
from lianfang.rules.venue import VenueFacts, VenueWatch, watch_venue
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import ExposureClass
from lianfang.rules.warehouse import (
    ArrivalFacts,
    BookingFacts,
    CertificateFacts,
    Excursion,
    RecallFacts,
    RoomFacts,
    StepDecision,
    StepFacts,
    balance_recall,
    check_arrival,
    check_booking,
    check_certificates,
    check_room,
    permit_step,
)
from lianfang.rules.window import IndexFacts, IndexWindows, index_windows


@dataclass(frozen=True, slots=True)
class Rule:
    """A deciding function with the types of its facts and outcome."""

    decide: Callable[[Any, Profile], Verdict[Any]]
    facts_type: Any
    outcome_type: Any


RULES: Mapping[str, Rule] = {
    "index_windows": Rule(index_windows, IndexFacts, IndexWindows),
    "classify": Rule(classify, ExposureFacts, ExposureClass),
    "order_measures": Rule(order_measures, MeasureFacts, tuple[MeasureOrder, ...]),
    "order_aftercare": Rule(order_aftercare, AftercareFacts, tuple[MeasureOrder, ...]),
    "decide_release": Rule(decide_release, ReleaseFacts, ReleaseOutcome),
    "decide_lot": Rule(decide_lot, LotFacts, LotDecision),
    "judge_custody": Rule(judge_custody, CustodyFacts, Timeliness),
    "call_specimen": Rule(call_specimen, AssayFacts, AssayOutcome),
    "judge_run": Rule(judge_run, RunFacts, RunValidity),
    "judge_series": Rule(judge_series, SeriesFacts, SeriesState),
    "permit_dilution": Rule(permit_dilution, DilutionFacts, bool),
    "has_fever": Rule(has_fever, TemperatureFacts, bool),
    "decide_standing": Rule(decide_standing, StandingFacts, Standing),
    "decide_list": Rule(decide_list, ListFacts, ListDecision),
    "decide_match": Rule(decide_match, MatchFacts, Match),
    "decide_merge": Rule(decide_merge, MergeFacts, MergeDecision),
    "decide_admission": Rule(decide_admission, GateFacts, Admission),
    "decide_colour": Rule(decide_colour, CodeFacts, CodeOutcome),
    "watch_codes": Rule(watch_codes, MonitorFacts, tuple[Alarm, ...]),
    "watch_venue": Rule(watch_venue, VenueFacts, VenueWatch),
    "screen_return": Rule(screen_return, ScreeningFacts, Screening),
    "follow_ups": Rule(follow_ups, FollowUpFacts, FollowUps),
    "watch_symptoms": Rule(watch_symptoms, SymptomFacts, Watch),
    "judge_order": Rule(judge_order, OrderFacts, OrderState),
    "decide_sharing": Rule(decide_sharing, SharingFacts, Tube),
    "read_shared": Rule(read_shared, SharedFacts, Meaning),
    "decide_turnaround": Rule(decide_turnaround, TubeFacts, Turnaround),
    "advise_route": Rule(advise_route, RoutingFacts, Routing),
    "judge_milestone": Rule(judge_milestone, MilestoneFacts, Progress),
    "risk_on": Rule(risk_on, RiskFacts, RiskAnswer),
    "check_booking": Rule(check_booking, BookingFacts, StepDecision),
    "check_arrival": Rule(check_arrival, ArrivalFacts, StepDecision),
    "check_certificates": Rule(check_certificates, CertificateFacts, StepDecision),
    "permit_step": Rule(permit_step, StepFacts, StepDecision),
    "balance_recall": Rule(balance_recall, RecallFacts, StepDecision),
    "check_room": Rule(check_room, RoomFacts, tuple[Excursion, ...]),
}


def verdict_from_json(text: str) -> Verdict[Any]:
    """Read a stored verdict of any rule. Raises CodecError."""
    stored = json.loads(text)
    name = stored.get("rule") if isinstance(stored, dict) else None
    if not isinstance(name, str) or name not in RULES:
        raise CodecError(f"$.rule: no rule {name!r}")
    rule = RULES[name]
    return Verdict.from_json(text, outcome_type=rule.outcome_type, facts_type=rule.facts_type)


def decide_again(verdict: Verdict[Any], profile: Profile) -> Verdict[Any]:
    """The verdict of the same rule on the same facts. Raises ValueError when the profile is another edition."""
    if profile.edition != verdict.edition:
        raise ValueError(f"verdict of edition {verdict.edition}, profile {profile.edition}")
    return RULES[verdict.rule].decide(verdict.facts, profile)
