"""The numbers of one disease's regime as the rules use them; read from TOML by profile.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lianfang.rules.profile_laboratory import DilutionNumbers, Kit, QualityControlNumbers, TurnaroundNumbers
from lianfang.rules.vocabulary import (
    CertificateKind,
    Colour,
    ExposureClass,
    Language,
    LogKind,
    MeasureKind,
    PlaceKind,
    ResponsibleKind,
    ReturnCategory,
    TaskKind,
)


class Standing(StrEnum):
    """How far a source can be relied on."""

    CITED = "cited"
    RECALLED = "recalled"
    COUNTY_CHOICE = "county_choice"


class CountedFrom(StrEnum):
    """What a measure's span is counted from."""

    LAST_EXPOSURE = "last_exposure"
    ORDER = "order"
    PREVIOUS = "previous"


class When(StrEnum):
    """The condition under which a measure of a class is ordered."""

    ALWAYS = "always"
    SUSCEPTIBLE = "susceptible"
    PIECES_OUT = "pieces_out"
    NO_CERTIFICATE = "no_certificate"


class Reach(StrEnum):
    """How far around a listed place somebody counts as coming from near it."""

    CITY = "city"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Source:
    """Where numbers come from, in English and Chinese."""

    id: str
    text: str
    text_zh: str
    standing: Standing

    def said(self, language: Language) -> str:
        """The citation in a language."""
        return self.text_zh if language == "zh" else self.text


@dataclass(frozen=True, slots=True)
class PersonWindow:
    """Spans around a person's onset or sampling, seconds. See docs/rules/window.md W-1..W-10.

    `episode_gap_s`: positives of one subject (goods too) further apart are two episodes.
    `onset_before_sampling_max_s`: an onset reported longer before the positive's sampling is not believed.
    """

    before_onset_s: int
    before_sampling_s: int
    infectious_after_onset_s: int
    infectious_after_sampling_s: int
    incubation_min_s: int
    incubation_max_s: int
    detectable_after_s: int
    episode_gap_s: int
    onset_before_sampling_max_s: int


@dataclass(frozen=True, slots=True)
class GoodsNumbers:
    """What goods and surfaces count for; a profile without it leaves them out of the response."""

    lookback_s: int
    persists_s: int
    surface_lookback_s: int
    surface_persists_s: int
    negatives_to_release: int


@dataclass(frozen=True, slots=True)
class TraceNumbers:
    """How far the trace goes: generations each way and seconds from exposure to becoming a source."""

    generations_forward: int
    generations_backward: int
    latent_s: int


@dataclass(frozen=True, slots=True)
class PlaceRule:
    """What being together at one kind of place counts for. See docs/rules/contact.md."""

    min_overlap_s: int
    linger_s: int
    cumulative: bool
    person_class: ExposureClass
    close_after_s: int
    lingering_class: ExposureClass
    object_class: ExposureClass
    lot_class: ExposureClass


@dataclass(frozen=True, slots=True)
class MeasureNumbers:
    """One measure of a class: `span_s` None lasts until a release decision; test days count from 1."""

    kind: MeasureKind
    span_s: int | None
    counted_from: CountedFrom
    test_days: tuple[int, ...]
    when: When


@dataclass(frozen=True, slots=True)
class TaskNumbers:
    """One task of a measure and the seconds its responsible party has."""

    kind: TaskKind
    responsible: ResponsibleKind
    due_in_s: int


@dataclass(frozen=True, slots=True)
class ReleaseNumbers:
    """What ends a measure. `case_negatives` 0: a case is released by time alone."""

    case_negatives: int
    case_interval_s: int
    case_fever_free_s: int
    missed_follow_ups_allowed: int
    extension_s: int


@dataclass(frozen=True, slots=True)
class RiskListNumbers:
    """When a published list of risk areas is too surprising to take effect by itself, and when it is out of date."""

    lifted_percent: int
    lifted_from_counties: int
    stale_after_s: int


@dataclass(frozen=True, slots=True)
class WarehouseNumbers:
    """The total warehouse's regime; an edition without it asks for no booking, plan or certificate of its own.

    One sample for every begun `pieces_per_sample`, at least `samples_min`. `room_max_tenths`: warmest a frozen store may
    be, tenths of a degree Celsius; `excursion_after_s`: how long it may be warmer. `recall_reply_s`: what a holder has.
    """

    booking_lead_s: int
    samples_min: int
    pieces_per_sample: int
    weight_tolerance_percent: int
    room_max_tenths: int
    excursion_after_s: int
    recall_reply_s: int
    certificates: tuple[CertificateKind, ...]


@dataclass(frozen=True, slots=True)
class MatchingNumbers:
    """When a listed row is a person of the register by itself, and when two persons are one. See docs/rules/matching.md.

    Weights in tenths of a bit. `agreeing`: fields that must agree; `slip_characters`: in which two identity numbers may
    differ and still be one written wrongly; `verify_due_s`: the village's time to find out about somebody unknown.
    """

    join_tenths: int
    review_tenths: int
    margin_tenths: int
    agreeing: int
    slip_characters: int
    verify_due_s: int


@dataclass(frozen=True, slots=True)
class HealthCodeNumbers:
    """The colours of the health code: of measures that stand, and for how long a stay or an onset counts."""

    measures: Mapping[MeasureKind, Colour]
    high_stay_s: int
    middle_stay_s: int
    symptoms_s: int
    appeal_answer_s: int


@dataclass(frozen=True, slots=True)
class GateNumbers:
    """How old a door's status list may be, how long a shown code holds, how far clocks may differ.

    `code_valid_s`: of a phone's code; `paper_valid_s`: of one on paper, for who has no phone. `presumed_stay_s`: how long
    somebody counts as inside who was let in and never scanned out; None: until they do.
    """

    list_fresh_s: int
    list_stale_s: int
    shown_valid_s: int
    clock_skew_s: int
    code_valid_s: int
    paper_valid_s: int
    presumed_stay_s: int | None = None


@dataclass(frozen=True, slots=True)
class GovernanceNumbers:
    """How an edition may be replaced: by how many approvals besides the proposer's, and how long in advance."""

    approvals: int
    delay_s: int


@dataclass(frozen=True, slots=True)
class MonitorNumbers:
    """When evidence looks made: pieces by one hand in `window_s` (at least, and as a multiple of what others record); persons
    recorded alike within `batch_s` (at least), and how many per cent of them must be linked.
    """

    window_s: int
    batch_s: int
    signer_min: int
    signer_factor: int
    batch_min: int
    linked_percent: int


@dataclass(frozen=True, slots=True)
class VenueNumbers:
    """Key places: how often each log is due, how long nobody may be scanned while open, when the regulator is told.

    `answer_s`: how long whoever is given a task about it has.
    """

    logs: Mapping[LogKind, int]
    silent_s: int
    escalate_s: int
    answer_s: int


@dataclass(frozen=True, slots=True)
class ReturneeNumbers:
    """What somebody coming back is asked for, by where they stayed; a category that is left out has no measures.

    `lookback_s`: stays that ended earlier before the arrival do not count. `listed_after_s`: a place that is listed so
    long after the stay ended still counts. `certificate_s`: how old a negative test may be.
    """

    lookback_s: int
    listed_after_s: int
    certificate_s: int
    nearby: Reach
    measures: Mapping[ReturnCategory, tuple[MeasureNumbers, ...]]


@dataclass(frozen=True, slots=True)
class LaboratoryNumbers:
    """How long after its collection a tube may take, to a laboratory and to its signed result; how many may share one.

    pool_reacted: what is ordered for each of them when a shared tube is not negative. route_gain_s: so much sooner another
    laboratory must be for tubes to be sent on; milestone_notice_s: so long before its day a step of commissioning is near.
    """

    transport_s: int
    turnaround_s: int
    pool_most: int
    pool_reacted: tuple[MeasureNumbers, ...]
    targets: TurnaroundNumbers | None = None
    route_gain_s: int = 0
    milestone_notice_s: int = 0


@dataclass(frozen=True, slots=True)
class FollowUpNumbers:
    """Daily reports: by when of the day one is late; what fever or symptoms order."""

    daily_by_s: int
    symptoms: tuple[MeasureNumbers, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One dated edition of one disease's numbers; cited, never edited in place."""

    edition: str
    disease: str
    name_en: str
    name_zh: str
    in_force_from: date
    fever_tenths_celsius: int
    window: PersonWindow
    goods: GoodsNumbers | None
    trace: TraceNumbers
    places: Mapping[PlaceKind, PlaceRule]
    person_measures: Mapping[ExposureClass, tuple[MeasureNumbers, ...]]
    goods_measures: Mapping[ExposureClass, tuple[MeasureNumbers, ...]]
    surface_measures: Mapping[ExposureClass, tuple[MeasureNumbers, ...]]
    aftercare: tuple[MeasureNumbers, ...]
    tasks: Mapping[MeasureKind, tuple[TaskNumbers, ...]]
    release: ReleaseNumbers
    sources: Mapping[str, Source]
    citations: Mapping[str, str]
    digest: str
    risk_lists: RiskListNumbers | None = None
    warehouse: WarehouseNumbers | None = None
    matching: MatchingNumbers | None = None
    health_code: HealthCodeNumbers | None = None
    gate: GateNumbers | None = None
    venue: VenueNumbers | None = None
    governance: GovernanceNumbers | None = None
    monitors: MonitorNumbers | None = None
    returnees: ReturneeNumbers | None = None
    follow_up: FollowUpNumbers | None = None
    laboratory: LaboratoryNumbers | None = None
    kits: Mapping[str, Kit] = field(default_factory=dict)
    quality_control: QualityControlNumbers | None = None
    dilution: DilutionNumbers | None = None

    def source_of(self, key: str) -> Source:
        """The source of a number by its key path, e.g. `window.before_onset`. Raises KeyError."""
        return self.sources[self.citations[key]]
