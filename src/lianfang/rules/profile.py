"""A profile: the dated, cited numbers of one disease's regime; the only place where the rules find a number."""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from lianfang.rules.profile_laboratory import read_dilution, read_kits, read_quality_control, read_targets
from lianfang.rules.profile_model import (
    CountedFrom,
    FollowUpNumbers,
    GateNumbers,
    GoodsNumbers,
    GovernanceNumbers,
    HealthCodeNumbers,
    LaboratoryNumbers,
    MatchingNumbers,
    MeasureNumbers,
    MonitorNumbers,
    PersonWindow,
    PlaceRule,
    Profile,
    Reach,
    ReleaseNumbers,
    ReturneeNumbers,
    RiskListNumbers,
    Source,
    Standing,
    TaskNumbers,
    TraceNumbers,
    VenueNumbers,
    WarehouseNumbers,
    When,
)
from lianfang.rules.profile_reader import Citations, ProfileError, Table
from lianfang.rules.vocabulary import (
    CertificateKind,
    Colour,
    ExposureClass,
    LogKind,
    MeasureKind,
    PlaceKind,
    ResponsibleKind,
    ReturnCategory,
    TaskKind,
)

__all__ = [
    "CountedFrom",
    "FollowUpNumbers",
    "GateNumbers",
    "GoodsNumbers",
    "HealthCodeNumbers",
    "LaboratoryNumbers",
    "MatchingNumbers",
    "MeasureNumbers",
    "MonitorNumbers",
    "PersonWindow",
    "PlaceRule",
    "Profile",
    "ProfileError",
    "Reach",
    "ReleaseNumbers",
    "ReturneeNumbers",
    "RiskListNumbers",
    "Source",
    "Standing",
    "TaskNumbers",
    "TraceNumbers",
    "VenueNumbers",
    "WarehouseNumbers",
    "When",
    "builtin_profiles",
    "load_builtin",
    "load_profile",
]

PERSON_CLASSES = (ExposureClass.CLOSE_CONTACT, ExposureClass.GENERAL_CONTACT, ExposureClass.NOT_EXPOSED)
LOT_CLASSES = (ExposureClass.IMPLICATED_LOT, ExposureClass.NOT_EXPOSED)
PERSON_MEASURE_CLASSES = (
    ExposureClass.INDEX,
    ExposureClass.CLOSE_CONTACT,
    ExposureClass.SECONDARY_CONTACT,
    ExposureClass.GENERAL_CONTACT,
    ExposureClass.POSSIBLE_SOURCE,
)
GOODS_MEASURE_CLASSES = (
    ExposureClass.INDEX,
    ExposureClass.POSITIVE_LOT,
    ExposureClass.IMPLICATED_LOT,
    ExposureClass.POSSIBLE_SOURCE,
)
SURFACE_MEASURE_CLASSES = (ExposureClass.INDEX, ExposureClass.IMPLICATED_LOT, ExposureClass.POSSIBLE_SOURCE)
EVERYWHERE_ELSE = "default"


def load_profile(text: str) -> Profile:
    """Read and validate a profile's TOML text.

    Raises: ProfileError naming the key: unknown, missing, of a wrong type, out of range, or without a source.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError("profile", f"is not TOML: {error}") from error
    sources = _sources(content.get("sources", {}))
    citations = Citations(frozenset(sources))
    table = Table(content, "", citations)
    has_goods = table.has("goods")
    measures = table.table("measures")
    profile = Profile(
        edition=table.slug("edition"),
        disease=table.slug("disease"),
        name_en=table.text("name_en"),
        name_zh=table.text("name_zh"),
        in_force_from=table.day("in_force_from"),
        fever_tenths_celsius=table.temperature("fever"),
        window=_window(table.table("window")),
        goods=_goods(table.table("goods")) if has_goods else None,
        trace=_trace(table.table("trace")),
        places=_places(table.table("places"), has_goods=has_goods),
        person_measures=_measures_by_class(measures.table("person"), PERSON_MEASURE_CLASSES),
        goods_measures=_measures_by_class(measures.table("goods"), GOODS_MEASURE_CLASSES) if has_goods else {},
        surface_measures=_measures_by_class(measures.table("surface"), SURFACE_MEASURE_CLASSES) if has_goods else {},
        aftercare=_measures(measures, "aftercare") if measures.has("aftercare") else (),
        tasks=_tasks(table.table("tasks")),
        release=_release(table.table("release")),
        sources=sources,
        citations=citations.by_key,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        risk_lists=_risk_lists(table.table("risk_lists")) if table.has("risk_lists") else None,
        warehouse=_warehouse(table.table("warehouse")) if table.has("warehouse") else None,
        matching=_matching(table.table("matching")) if table.has("matching") else None,
        health_code=_health_code(table.table("health_code")) if table.has("health_code") else None,
        gate=_gate(table.table("gate")) if table.has("gate") else None,
        venue=_venue(table.table("venue")) if table.has("venue") else None,
        governance=_governance(table.table("governance")) if table.has("governance") else None,
        monitors=_monitors(table.table("monitors")) if table.has("monitors") else None,
        returnees=_returnees(table.table("returnees")) if table.has("returnees") else None,
        follow_up=_follow_up(table.table("follow_up")) if table.has("follow_up") else None,
        laboratory=_laboratory(table.table("laboratory")) if table.has("laboratory") else None,
        kits=read_kits(table.table("kits")) if table.has("kits") else {},
        quality_control=read_quality_control(table.table("quality_control")) if table.has("quality_control") else None,
        dilution=read_dilution(table.table("dilution")) if table.has("dilution") else None,
    )
    measures.finish()
    table.table("sources")
    table.finish()
    citations.require_all_cited()
    return profile


def _sources(content: object) -> dict[str, Source]:
    nothing_cited = Citations(frozenset())
    table = Table(content, "sources", nothing_cited)
    found = {}
    for source_id in table.names():
        entry = table.table(source_id)
        text = entry.text("text")
        # An edition kept with the evidence, or proposed, without a Chinese form: as it was written.
        text_zh = entry.text("text_zh") if entry.has("text_zh") else text
        found[source_id] = Source(source_id, text, text_zh, entry.choice("standing", tuple(Standing)))
        entry.finish()
    return found


def _window(table: Table) -> PersonWindow:
    infectious_s, incubation_s = table.span_s("infectious_after_onset"), table.span_s("incubation_max")
    # An edition kept with the evidence from before this number: as long as one can be ill and have been infected.
    has_limit = table.has("onset_before_sampling_max")
    limit_s = table.span_s("onset_before_sampling_max") if has_limit else infectious_s + incubation_s
    window = PersonWindow(
        before_onset_s=table.span_s("before_onset"),
        before_sampling_s=table.span_s("before_sampling"),
        infectious_after_onset_s=infectious_s,
        infectious_after_sampling_s=table.span_s("infectious_after_sampling"),
        incubation_min_s=table.span_s("incubation_min"),
        incubation_max_s=incubation_s,
        detectable_after_s=table.span_s("detectable_after"),
        episode_gap_s=table.span_s("episode_gap"),
        onset_before_sampling_max_s=limit_s,
    )
    table.finish()
    if window.incubation_min_s >= window.incubation_max_s:
        raise ProfileError(table.key("incubation_min"), "must be shorter than incubation_max")
    return window


def _goods(table: Table) -> GoodsNumbers:
    goods = GoodsNumbers(
        lookback_s=table.span_s("lookback"),
        persists_s=table.span_s("persists"),
        surface_lookback_s=table.span_s("surface_lookback"),
        surface_persists_s=table.span_s("surface_persists"),
        negatives_to_release=table.count("negatives_to_release"),
    )
    table.finish()
    return goods


def _laboratory(table: Table) -> LaboratoryNumbers:
    numbers = LaboratoryNumbers(
        transport_s=table.span_s("transport"),
        turnaround_s=table.span_s("turnaround"),
        pool_most=table.count("pool_most"),
        pool_reacted=_measures(table, "pool_reacted"),
        targets=read_targets(table.table("targets")) if table.has("targets") else None,
        route_gain_s=table.optional_span_s("route_gain") or 0,
        milestone_notice_s=table.optional_span_s("milestone_notice") or 0,
    )
    table.finish()
    if numbers.transport_s > numbers.turnaround_s:
        raise ProfileError(table.key("transport"), "must not be longer than turnaround")
    return numbers


def _risk_lists(table: Table) -> RiskListNumbers:
    numbers = RiskListNumbers(
        lifted_percent=table.count("lifted_percent"),
        lifted_from_counties=table.count("lifted_from_counties"),
        stale_after_s=table.span_s("stale_after"),
    )
    table.finish()
    return numbers


def _warehouse(table: Table) -> WarehouseNumbers:
    numbers = WarehouseNumbers(
        booking_lead_s=table.span_s("booking_lead"),
        samples_min=table.count("samples_min"),
        pieces_per_sample=table.count("pieces_per_sample"),
        weight_tolerance_percent=table.count("weight_tolerance_percent"),
        room_max_tenths=table.store_temperature("room_max"),
        excursion_after_s=table.span_s("excursion_after"),
        recall_reply_s=table.span_s("recall_reply"),
        certificates=tuple(_certificate(entry) for entry in table.tables("certificates")),
    )
    table.finish()
    if not numbers.pieces_per_sample:
        raise ProfileError(table.key("pieces_per_sample"), "must be at least 1")
    return numbers


def _certificate(table: Table) -> CertificateKind:
    table.cited()
    kind = table.choice("kind", tuple(CertificateKind))
    table.finish()
    return kind


def _matching(table: Table) -> MatchingNumbers:
    numbers = MatchingNumbers(
        join_tenths=table.count("join_tenths"),
        review_tenths=table.count("review_tenths"),
        margin_tenths=table.count("margin_tenths"),
        agreeing=table.count("agreeing"),
        slip_characters=table.count("slip_characters"),
        verify_due_s=table.span_s("verify_due"),
    )
    table.finish()
    return numbers


def _health_code(table: Table) -> HealthCodeNumbers:
    measures = table.table("measures")
    measures.cited()
    numbers = HealthCodeNumbers(
        measures={kind: measures.choice(kind, tuple(Colour)) for kind in MeasureKind if measures.has(kind)},
        high_stay_s=table.span_s("high_stay"),
        middle_stay_s=table.span_s("middle_stay"),
        symptoms_s=table.span_s("symptoms"),
        appeal_answer_s=table.span_s("appeal_answer"),
    )
    measures.finish()
    table.finish()
    return numbers


def _returnees(table: Table) -> ReturneeNumbers:
    """A category that the table leaves out has no measures."""
    table.cited()
    numbers = ReturneeNumbers(
        lookback_s=table.span_s("lookback"),
        listed_after_s=table.span_s("listed_after"),
        certificate_s=table.span_s("certificate"),
        nearby=table.choice("nearby_reach", tuple(Reach)),
        measures={of: _measures(table, of) for of in ReturnCategory if table.has(of)},
    )
    table.finish()
    return numbers


def _gate(table: Table) -> GateNumbers:
    code_valid_s = table.span_s("code_valid")
    numbers = GateNumbers(
        list_fresh_s=table.span_s("list_fresh"),
        list_stale_s=table.span_s("list_stale"),
        shown_valid_s=table.span_s("shown_valid"),
        clock_skew_s=table.span_s("clock_skew"),
        code_valid_s=code_valid_s,
        paper_valid_s=table.optional_span_s("paper_valid") or code_valid_s,
        presumed_stay_s=table.optional_span_s("presumed_stay"),
    )
    table.finish()
    if numbers.list_fresh_s > numbers.list_stale_s:
        raise ProfileError(table.key("list_fresh"), "must not be longer than list_stale")
    return numbers


def _governance(table: Table) -> GovernanceNumbers:
    numbers = GovernanceNumbers(approvals=table.count("approvals"), delay_s=table.span_s("delay"))
    table.finish()
    if not numbers.approvals:
        raise ProfileError(table.key("approvals"), "must be at least 1")
    return numbers


def _monitors(table: Table) -> MonitorNumbers:
    numbers = MonitorNumbers(
        window_s=table.span_s("window"),
        batch_s=table.span_s("batch"),
        signer_min=table.count("signer_min"),
        signer_factor=table.count("signer_factor"),
        batch_min=table.count("batch_min"),
        linked_percent=table.count("linked_percent"),
    )
    table.finish()
    return numbers


def _venue(table: Table) -> VenueNumbers:
    numbers = VenueNumbers(
        logs={kind: table.span_s(kind) for kind in LogKind},
        silent_s=table.span_s("silent"),
        escalate_s=table.span_s("escalate"),
        answer_s=table.span_s("answer"),
    )
    table.finish()
    return numbers


def _follow_up(table: Table) -> FollowUpNumbers:
    numbers = FollowUpNumbers(daily_by_s=table.span_s("daily_by"), symptoms=_measures(table, "symptoms"))
    table.finish()
    return numbers


def _trace(table: Table) -> TraceNumbers:
    numbers = TraceNumbers(
        generations_forward=table.count("generations_forward"),
        generations_backward=table.count("generations_backward"),
        latent_s=table.span_s("latent"),
    )
    table.finish()
    for name in ("generations_forward", "generations_backward"):
        if getattr(numbers, name) < 1:
            raise ProfileError(table.key(name), "must be at least 1")
    return numbers


def _places(table: Table, *, has_goods: bool) -> dict[PlaceKind, PlaceRule]:
    """Every kind has a rule: the default one, changed where the kind has a table of its own."""
    default = _place_rule(table.table(EVERYWHERE_ELSE), has_goods=has_goods)
    own = {
        kind: _place_rule(table.overlaid(kind, EVERYWHERE_ELSE), has_goods=has_goods)
        for kind in PlaceKind
        if table.has(kind)
    }
    table.finish()
    return {kind: own.get(kind, default) for kind in PlaceKind}


def _place_rule(table: Table, *, has_goods: bool) -> PlaceRule:
    table.cited()
    rule = PlaceRule(
        min_overlap_s=table.span_s("min_overlap"),
        linger_s=table.span_s("linger"),
        cumulative=table.flag("cumulative"),
        person_class=table.choice("person_class", PERSON_CLASSES),
        close_after_s=table.optional_span_s("close_after") or 0,
        lingering_class=table.choice("lingering_class", PERSON_CLASSES),
        object_class=table.choice("object_class", PERSON_CLASSES) if has_goods else ExposureClass.NOT_EXPOSED,
        lot_class=table.choice("lot_class", LOT_CLASSES) if has_goods else ExposureClass.NOT_EXPOSED,
    )
    table.finish()
    if rule.close_after_s and rule.person_class is not ExposureClass.CLOSE_CONTACT:
        raise ProfileError(table.key("close_after"), "is only for person_class close_contact")
    return rule


def _measures_by_class(
    table: Table, classes: tuple[ExposureClass, ...]
) -> dict[ExposureClass, tuple[MeasureNumbers, ...]]:
    """A class that the table leaves out has no measures."""
    found = {of: _measures(table, of) for of in classes if table.has(of)}
    table.finish()
    return found


def _measures(table: Table, name: str) -> tuple[MeasureNumbers, ...]:
    return tuple(_measure(entry) for entry in table.tables(name))


def _measure(table: Table) -> MeasureNumbers:
    table.cited()
    numbers = MeasureNumbers(
        kind=table.choice("kind", tuple(MeasureKind)),
        span_s=table.optional_span_s("span"),
        counted_from=table.choice("counted_from", tuple(CountedFrom)) if table.has("span") else CountedFrom.ORDER,
        test_days=table.test_days("tests"),
        when=table.choice("when", tuple(When)) if table.has("when") else When.ALWAYS,
    )
    table.finish()
    return numbers


def _tasks(table: Table) -> dict[MeasureKind, tuple[TaskNumbers, ...]]:
    found = {}
    for kind in MeasureKind:
        if table.has(kind):
            found[kind] = tuple(_task(entry) for entry in table.tables(kind))
    table.finish()
    return found


def _task(table: Table) -> TaskNumbers:
    numbers = TaskNumbers(
        kind=table.choice("kind", tuple(TaskKind)),
        responsible=table.choice("responsible", tuple(ResponsibleKind)),
        due_in_s=table.span_s("due_in"),
    )
    table.finish()
    return numbers


def _release(table: Table) -> ReleaseNumbers:
    numbers = ReleaseNumbers(
        case_negatives=table.count("case_negatives"),
        case_interval_s=table.span_s("case_interval"),
        case_fever_free_s=table.span_s("case_fever_free"),
        missed_follow_ups_allowed=table.count("missed_follow_ups_allowed"),
        extension_s=table.span_s("extension"),
    )
    table.finish()
    if numbers.extension_s == 0:
        raise ProfileError(table.key("extension"), "must be longer than nothing")
    return numbers


@cache
def builtin_profiles() -> Mapping[str, str]:
    """Edition -> TOML text of the profiles that come with the program."""
    folder = resources.files("lianfang.rules").joinpath("profiles")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}


@cache
def load_builtin(edition: str) -> Profile:
    """A built-in profile by its edition. Raises KeyError for an unknown one."""
    return load_profile(builtin_profiles()[edition])
