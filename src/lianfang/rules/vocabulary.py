"""The closed sets of words that rules, apps and documents share (see GLOSSARY.md)."""

from enum import StrEnum
from typing import Literal

Language = Literal["en", "zh"]


class SubjectKind(StrEnum):
    """What can be exposed, sampled or put under a measure."""

    PERSON = "person"
    LOT = "lot"
    PACKAGE = "package"
    SURFACE = "surface"


class PlaceKind(StrEnum):
    """Where exposure happens; `CONTACT` is the small place made for one direct contact."""

    HOUSEHOLD = "household"
    WORK_UNIT = "work_unit"
    CLASSROOM = "classroom"
    DORMITORY = "dormitory"
    HOTEL = "hotel"
    RESTAURANT = "restaurant"
    SHOP = "shop"
    MARKET = "market"
    CLINIC = "clinic"
    WARD = "ward"
    BUS = "bus"
    TRAIN = "train"
    CAR = "car"
    TRUCK = "truck"
    COLD_ROOM = "cold_room"
    WAREHOUSE = "warehouse"
    QUARANTINE_SITE = "quarantine_site"
    PUBLIC_PLACE = "public_place"
    CONTACT = "contact"
    OTHER = "other"


class ResponsibleKind(StrEnum):
    """The four responsibilities: 属地, 行业, 单位, 公民."""

    TERRITORY = "territory"
    REGULATOR = "regulator"
    UNIT = "unit"
    CITIZEN = "citizen"


class ExposureClass(StrEnum):
    """What an exposure makes of a subject, strictest first."""

    INDEX = "index"
    POSITIVE_LOT = "positive_lot"
    CLOSE_CONTACT = "close_contact"
    IMPLICATED_LOT = "implicated_lot"
    SECONDARY_CONTACT = "secondary_contact"
    GENERAL_CONTACT = "general_contact"
    POSSIBLE_SOURCE = "possible_source"
    NOT_EXPOSED = "not_exposed"


STRICTEST_FIRST: tuple[ExposureClass, ...] = tuple(ExposureClass)


def strictness(exposure_class: ExposureClass) -> int:
    """Rank of a class, 0 = not exposed; a higher rank is a stricter class."""
    return len(STRICTEST_FIRST) - 1 - STRICTEST_FIRST.index(exposure_class)


class Direction(StrEnum):
    """Which way a trace ran: to those reached, or to where it came from."""

    FORWARD = "forward"
    BACKWARD = "backward"


class MeasureKind(StrEnum):
    """What a rule can order."""

    ISOLATION = "isolation"
    CENTRAL_QUARANTINE = "central_quarantine"
    HOME_QUARANTINE = "home_quarantine"
    HEALTH_MONITORING = "health_monitoring"
    TEST_SCHEDULE = "test_schedule"
    LOT_HOLD = "lot_hold"
    LOT_DESTRUCTION = "lot_destruction"
    RECALL = "recall"
    DISINFECTION = "disinfection"
    PLACE_CLOSURE = "place_closure"


class TaskKind(StrEnum):
    """The next step of a measure, done by one responsible party with proof."""

    REPORT = "report"
    LOCATE = "locate"
    TRANSFER = "transfer"
    ISOLATE = "isolate"
    NOTIFY = "notify"
    STAY_HOME = "stay_home"
    CHECK_HOME = "check_home"
    DAILY_CHECK = "daily_check"
    REPORT_SYMPTOMS = "report_symptoms"
    COLLECT_SPECIMENS = "collect_specimens"
    COME_FOR_TEST = "come_for_test"
    SEAL_LOT = "seal_lot"
    CONFIRM_HOLD = "confirm_hold"
    DESTROY_LOT = "destroy_lot"
    WITNESS_DESTRUCTION = "witness_destruction"
    RECALL_GOODS = "recall_goods"
    NOTIFY_BUYERS = "notify_buyers"
    DISINFECT = "disinfect"
    CHECK_DISINFECTION = "check_disinfection"
    CLOSE_PLACE = "close_place"
    CONFIRM_CLOSURE = "confirm_closure"
    VERIFY_LISTED = "verify_listed"
    KEEP_LOGS = "keep_logs"
    CHECK_VENUE = "check_venue"
    COMMISSION_LABORATORY = "commission_laboratory"


class LogKind(StrEnum):
    """What a key place writes down of itself."""

    STAFF_HEALTH = "staff_health"
    CLEANING = "cleaning"
    DISINFECTION = "disinfection"
    VENTILATION = "ventilation"
    PROTECTION = "protection"


class SpecimenResult(StrEnum):
    """A signed laboratory result."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


class ReturnCategory(StrEnum):
    """What somebody coming back is taken for, strictest first: stayed at high, medium or low risk, near one, elsewhere."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"
    NEARBY = "nearby"
    OTHER = "other"


class RiskLevel(StrEnum):
    """How high an area's risk is, the highest first. `low` became a published category in July 2022."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"


class Colour(StrEnum):
    """What a health code says, the strictest first."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"


class CertificateKind(StrEnum):
    """What an imported lot must be accompanied by."""

    CUSTOMS_DECLARATION = "customs_declaration"
    QUARANTINE = "quarantine"
    NUCLEIC_ACID = "nucleic_acid"
    DISINFECTION = "disinfection"
    ORIGIN = "origin"
