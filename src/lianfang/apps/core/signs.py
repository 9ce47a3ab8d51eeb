"""How every closed set of words is shown: sign, word and tone together, so that colour is never the only carrier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Sign:
    """One value as a person sees it; tone: red orange yellow green blue purple grey; icon: a Tabler name."""

    word: str | Promise
    tone: str
    icon: str


UNKNOWN_ICON: Final = "help-circle"

SIGNS: Final[Mapping[str, Mapping[str, Sign]]] = {
    "class": {
        "index": Sign(_("Index"), "red", icon="circle-x"),
        "positive_lot": Sign(_("Positive lot"), "red", icon="alert-octagon"),
        "close_contact": Sign(_("Close contact"), "orange", icon="alert-triangle"),
        "implicated_lot": Sign(_("Implicated lot"), "orange", icon="package"),
        "secondary_contact": Sign(_("Contact of a close contact"), "yellow", icon="users"),
        "general_contact": Sign(_("General contact"), "blue", icon="user"),
        "possible_source": Sign(_("Possible source"), "purple", icon="question-mark"),
        "not_exposed": Sign(_("Not exposed"), "grey", icon="circle-check"),
    },
    "measure": {
        "isolation": Sign(_("Isolation in hospital"), "red", icon="building-hospital"),
        "central_quarantine": Sign(_("Central quarantine"), "orange", icon="building"),
        "home_quarantine": Sign(_("Home quarantine"), "yellow", icon="home"),
        "health_monitoring": Sign(_("Health monitoring"), "blue", icon="temperature"),
        "test_schedule": Sign(_("Test schedule"), "blue", icon="test-pipe"),
        "lot_hold": Sign(_("Lot on hold"), "orange", icon="lock"),
        "lot_destruction": Sign(_("Lot destruction"), "red", icon="trash"),
        "recall": Sign(_("Recall"), "red", icon="arrow-back-up"),
        "disinfection": Sign(_("Disinfection"), "blue", icon="spray"),
        "place_closure": Sign(_("Place closed"), "orange", icon="ban"),
    },
    "measure_end": {
        "": Sign(_("In force"), "orange", icon="hourglass"),
        "released": Sign(_("Released"), "green", icon="lock-open"),
        "superseded": Sign(_("Superseded"), "grey", icon="history"),
        "withdrawn": Sign(_("Withdrawn"), "grey", icon="x"),
    },
    "agreement": {
        "agrees": Sign(_("Agrees"), "green", icon="circle-check"),
        "nearly": Sign(_("Nearly"), "yellow", icon="alert-triangle"),
        "differs": Sign(_("Differs"), "red", icon="circle-x"),
        "unknown": Sign(_("Not given"), "grey", icon="help-circle"),
    },
    "task": {
        "open": Sign(_("To do"), "blue", icon="circle-dashed"),
        "taken": Sign(_("Taken"), "yellow", icon="user-check"),
        "done": Sign(_("Done"), "green", icon="circle-check"),
        "returned": Sign(_("Returned"), "orange", icon="arrow-back-up"),
        "cancelled": Sign(_("Cancelled"), "grey", icon="x"),
        "overdue": Sign(_("Overdue"), "red", icon="alert-circle"),
    },
    "venue": {
        "unwatched": Sign(_("Its regulator looks"), "red", icon="alert-octagon"),
        "missing": Sign(_("Logs missing"), "yellow", icon="alert-triangle"),
        "in_order": Sign(_("In order"), "green", icon="circle-check"),
        "closed": Sign(_("Closed for now"), "grey", icon="lock"),
    },
    "task_kind": {
        "keep_logs": Sign(_("Catch up on the logs"), "grey", icon="checklist"),
        "check_venue": Sign(_("Check a place that fell silent"), "grey", icon="eye"),
        "commission_laboratory": Sign(_("Make up for a late step"), "grey", icon="building-hospital"),
        "report": Sign(_("Report upwards"), "grey", icon="bell"),
        "locate": Sign(_("Locate"), "grey", icon="map-pin"),
        "transfer": Sign(_("Transfer"), "grey", icon="ambulance"),
        "isolate": Sign(_("Isolate"), "grey", icon="building-hospital"),
        "notify": Sign(_("Notify"), "grey", icon="bell"),
        "stay_home": Sign(_("Stay at home"), "grey", icon="home"),
        "check_home": Sign(_("Check the home quarantine"), "grey", icon="home"),
        "daily_check": Sign(_("Daily check"), "grey", icon="temperature"),
        "report_symptoms": Sign(_("Report symptoms"), "grey", icon="temperature"),
        "collect_specimens": Sign(_("Collect specimens"), "grey", icon="test-pipe"),
        "come_for_test": Sign(_("Come for a test"), "grey", icon="test-pipe"),
        "seal_lot": Sign(_("Seal the lot"), "grey", icon="lock"),
        "confirm_hold": Sign(_("Confirm the hold"), "grey", icon="shield-check"),
        "destroy_lot": Sign(_("Destroy the lot"), "grey", icon="trash"),
        "witness_destruction": Sign(_("Witness the destruction"), "grey", icon="eye"),
        "recall_goods": Sign(_("Recall goods sold"), "grey", icon="arrow-back-up"),
        "notify_buyers": Sign(_("Notify buyers"), "grey", icon="bell"),
        "disinfect": Sign(_("Disinfect"), "grey", icon="spray"),
        "check_disinfection": Sign(_("Check the disinfection"), "grey", icon="shield-check"),
        "close_place": Sign(_("Close the place"), "grey", icon="ban"),
        "confirm_closure": Sign(_("Confirm the closure"), "grey", icon="shield-check"),
        "verify_listed": Sign(_("Find out who listed persons are"), "grey", icon="user-question"),
    },
    "result": {
        "positive": Sign(_("Positive"), "red", icon="circle-x"),
        "negative": Sign(_("Negative"), "green", icon="circle-check"),
        "indeterminate": Sign(_("Indeterminate"), "yellow", icon="help-circle"),
        "pending": Sign(_("Pending"), "grey", icon="hourglass"),
    },
    "priority": {
        "urgent": Sign(pgettext_lazy("a tube", "Urgent"), "red", icon="alert-triangle"),
        "soon": Sign(pgettext_lazy("a tube", "Soon"), "orange", icon="hourglass"),
        "screening": Sign(pgettext_lazy("a tube", "Screening"), "grey", icon="test-pipe"),
    },
    "progress": {
        "planned": Sign(pgettext_lazy("a step", "Planned"), "grey", icon="hourglass"),
        "near": Sign(pgettext_lazy("a step", "Due soon"), "yellow", icon="hourglass"),
        "late": Sign(pgettext_lazy("a step", "Late"), "red", icon="alert-triangle"),
        "done": Sign(pgettext_lazy("a step", "Done"), "green", icon="circle-check"),
        "done_late": Sign(pgettext_lazy("a step", "Done late"), "green", icon="circle-check"),
    },
    "order_state": {
        "overdue": Sign(pgettext_lazy("to be sampled", "Overdue"), "red", icon="alert-triangle"),
        "due": Sign(pgettext_lazy("to be sampled", "Due"), "orange", icon="test-pipe"),
        "upcoming": Sign(pgettext_lazy("to be sampled", "Upcoming"), "grey", icon="hourglass"),
    },
    "whereabouts": {
        "collected": Sign(_("At the sampling point"), "yellow", icon="test-pipe"),
        "packed": Sign(_("Packed"), "yellow", icon="package"),
        "sent": Sign(_("On the way"), "yellow", icon="arrow-right"),
        "received": Sign(_("At the laboratory"), "blue", icon="building-hospital"),
        "rejected": Sign(pgettext_lazy("tube", "Rejected"), "red", icon="ban"),
        "stored": Sign(_("In store"), "grey", icon="lock"),
        "destroyed": Sign(_("Destroyed"), "grey", icon="trash"),
    },
    "hold": {
        "held": Sign(_("On hold"), "orange", icon="lock"),
        "destruction": Sign(_("To be destroyed"), "red", icon="trash"),
        "released": Sign(_("Released"), "green", icon="lock-open"),
        "free": Sign(_("Nothing ordered"), "grey", icon="circle-dashed"),
    },
    "stage": {
        "booked": Sign(_("Booked"), "grey", icon="calendar"),
        "waiting": Sign(_("Waiting in the store"), "yellow", icon="hourglass"),
        "sealed": Sign(_("Stopped"), "orange", icon="lock"),
        "released": Sign(_("Released to trade"), "green", icon="lock-open"),
        "in_trade": Sign(_("In trade"), "blue", icon="building-store"),
        "sold": Sign(_("Sold"), "grey", icon="circle-check"),
        "recalled": Sign(_("Recalled"), "red", icon="arrow-back-up"),
        "destroyed": Sign(_("Destroyed"), "grey", icon="trash"),
        "returned": Sign(_("Sent back"), "grey", icon="arrow-left"),
        "divided": Sign(_("Divided into parts"), "grey", icon="git-fork"),
    },
    "complete": {
        "sampled": Sign(_("Every lot sampled"), "blue", icon="test-pipe"),
        "tested": Sign(_("Every sample tested"), "blue", icon="test-pipe"),
        "disinfected": Sign(_("Every package disinfected"), "blue", icon="spray"),
        "traced": Sign(_("Every item traceable"), "blue", icon="route"),
    },
    "result_state": {
        "draft": Sign(_("Not signed"), "grey", icon="hourglass"),
        "final": Sign(_("Signed"), "green", icon="circle-check"),
        "corrected": Sign(_("Corrected"), "purple", icon="history"),
        "annulled": Sign(_("Annulled"), "grey", icon="x"),
    },
    "import": {
        "waiting": Sign(_("Waiting"), "grey", icon="hourglass"),
        "running": Sign(_("Running"), "blue", icon="refresh"),
        "done": Sign(_("Done"), "green", icon="circle-check"),
        "refused": Sign(_("Refused"), "orange", icon="hand-stop"),
        "failed": Sign(_("Failed"), "red", icon="alert-octagon"),
    },
    "subject": {
        "person": Sign(_("Person"), "blue", icon="user"),
        "lot": Sign(_("Lot"), "purple", icon="package"),
        "package": Sign(_("Package"), "purple", icon="package"),
        "surface": Sign(_("Surface"), "grey", icon="spray"),
    },
    "place": {
        "household": Sign(_("Household"), "grey", icon="home"),
        "work_unit": Sign(_("Work unit"), "grey", icon="building"),
        "classroom": Sign(_("Classroom"), "grey", icon="school"),
        "dormitory": Sign(_("Dormitory"), "grey", icon="building"),
        "hotel": Sign(_("Hotel"), "grey", icon="building"),
        "restaurant": Sign(_("Restaurant"), "grey", icon="building-store"),
        "shop": Sign(_("Shop"), "grey", icon="building-store"),
        "market": Sign(_("Market"), "grey", icon="building-store"),
        "clinic": Sign(_("Clinic"), "grey", icon="building-hospital"),
        "ward": Sign(_("Ward"), "grey", icon="building-hospital"),
        "bus": Sign(_("Bus"), "grey", icon="bus"),
        "train": Sign(_("Train"), "grey", icon="train"),
        "car": Sign(_("Car"), "grey", icon="car"),
        "truck": Sign(_("Truck"), "grey", icon="truck"),
        "cold_room": Sign(_("Cold room"), "grey", icon="snowflake"),
        "warehouse": Sign(_("Warehouse"), "grey", icon="building-warehouse"),
        "quarantine_site": Sign(_("Quarantine site"), "grey", icon="shield-lock"),
        "public_place": Sign(_("Public place"), "grey", icon="map-pin"),
        "contact": Sign(_("Direct contact"), "grey", icon="affiliate"),
        "other": Sign(_("Other place"), "grey", icon="map-pin"),
    },
    "responsible": {
        "territory": Sign(_("Territory"), "grey", icon="map-pin"),
        "regulator": Sign(_("Industry regulator"), "grey", icon="shield"),
        "unit": Sign(_("Unit"), "grey", icon="building"),
        "citizen": Sign(_("Citizen"), "grey", icon="user"),
    },
    "investigation": {
        "open": Sign(_("Ongoing"), "red", icon="zoom-scan"),
        "closed": Sign(_("Closed"), "green", icon="circle-check"),
        "annulled": Sign(_("Annulled"), "grey", icon="x"),
    },
    "control": {
        "located": Sign(_("Located"), "blue", icon="map-pin"),
        "controlled": Sign(_("Under control"), "green", icon="shield-check"),
        "uncontrolled": Sign(_("Not yet under control"), "red", icon="alert-circle"),
        "released": Sign(_("Released"), "green", icon="lock-open"),
    },
    "code": {
        "green": Sign(_("Green code"), "green", icon="circle-check"),
        "yellow": Sign(_("Yellow code"), "yellow", icon="alert-triangle"),
        "red": Sign(_("Red code"), "red", icon="circle-x"),
        "grey": Sign(_("Grey code"), "grey", icon="help-circle"),
    },
    "audit": {
        "core": Sign(_("Rules and records as a whole"), "grey", icon="adjustments"),
        "session": Sign(_("Signing in and out"), "grey", icon="key"),
        "account": Sign(_("Accounts"), "grey", icon="user-cog"),
        "access": Sign(_("Refused attempts"), "orange", icon="hand-stop"),
        "audit": Sign(_("Audit trail"), "grey", icon="eye-check"),
        "person": Sign(_("Person records"), "blue", icon="user"),
        "returnees": Sign(_("People coming back"), "blue", icon="home"),
        "followup": Sign(_("Follow-up"), "blue", icon="temperature"),
        "people": Sign(_("Reports about persons"), "blue", icon="user"),
        "healthcode": Sign(_("Health codes"), "blue", icon="qrcode"),
        "lot": Sign(_("Goods"), "purple", icon="package"),
        "goods": Sign(_("Steps of goods"), "purple", icon="building-warehouse"),
        "epcis": Sign(_("Events"), "purple", icon="transfer"),
        "lists": Sign(_("Lists"), "blue", icon="user-question"),
        "venues": Sign(_("Key places"), "grey", icon="building-store"),
        "place": Sign(_("Place records"), "grey", icon="map-pin"),
        "places": Sign(_("Reports about places"), "grey", icon="map-pin"),
        "lab": Sign(_("Specimens and results"), "grey", icon="test-pipe"),
        "tracing": Sign(_("Investigations"), "grey", icon="git-fork"),
        "task": Sign(_("Tasks"), "grey", icon="checklist"),
        "gates": Sign(_("Doors"), "grey", icon="building"),
        "numbers": Sign(_("Numbers"), "blue", icon="chart-bar"),
        "notice": Sign(_("Notices"), "blue", icon="bell"),
        "campaign": Sign(_("Campaigns of guidance"), "blue", icon="speakerphone"),
        "citizen": Sign(_("Citizens"), "blue", icon="user-circle"),
        "desk": Sign(_("Desk"), "grey", icon="layout-dashboard"),
        "import": Sign(_("Imports"), "grey", icon="file-import"),
        "organisation": Sign(_("Organisations"), "grey", icon="building"),
        "areas": Sign(_("Divisions and risk areas"), "grey", icon="map-pin"),
    },
    "account": {
        "open": Sign(_("In use"), "green", icon="user-check"),
        "given": Sign(_("First password not yet changed"), "yellow", icon="key"),
        "closed": Sign(_("Closed"), "grey", icon="lock"),
    },
    "return_category": {
        "high": Sign(_("From a high-risk area"), "red", icon="alert-octagon"),
        "middle": Sign(_("From a medium-risk area"), "orange", icon="alert-triangle"),
        "low": Sign(_("From a listed low-risk area"), "yellow", icon="info-circle"),
        "nearby": Sign(_("From near an area at risk"), "yellow", icon="map-pin"),
        "other": Sign(_("From elsewhere"), "grey", icon="map-pin"),
    },
    "arrival": {
        "expected": Sign(_("Expected"), "blue", icon="calendar"),
        "overdue": Sign(_("Not arrived when expected"), "red", icon="alert-circle"),
        "half": Sign(_("Confirmed by one of two"), "yellow", icon="hourglass"),
        "arrived": Sign(_("Arrived"), "green", icon="circle-check"),
    },
    "declared": {
        "True": Sign(_("Declared"), "green", icon="circle-check"),
        "False": Sign(_("Not declared"), "orange", icon="user-question"),
    },
    "party": {
        "territory": Sign(_("Community"), "grey", icon="map-pin"),
        "unit": Sign(_("Work unit"), "grey", icon="building"),
    },
    "cause": {
        "return": Sign(_("Came back"), "grey", icon="home"),
        "investigation": Sign(_("Investigation"), "grey", icon="git-fork"),
        "symptoms": Sign(_("Fever or symptoms"), "grey", icon="temperature"),
    },
    "risk": {
        "high": Sign(_("High risk"), "red", icon="alert-octagon"),
        "middle": Sign(_("Medium risk"), "orange", icon="alert-triangle"),
        "low": Sign(_("Low risk"), "blue", icon="info-circle"),
    },
    "risk_standing": {
        "partly": Sign(_("Parts of it are listed"), "yellow", icon="alert-triangle"),
        "not_listed": Sign(_("Not listed"), "green", icon="circle-check"),
        "unknown": Sign(_("Not known"), "grey", icon="help-circle"),
    },
    "risk_change": {
        "added": Sign(_("Added"), "red", icon="plus"),
        "raised": Sign(_("Raised"), "orange", icon="arrow-up"),
        "lowered": Sign(_("Lowered"), "blue", icon="arrow-down"),
        "lifted": Sign(_("Lifted"), "green", icon="circle-check"),
    },
    "capture": {
        "waiting": Sign(_("Waiting"), "grey", icon="hourglass"),
        "running": Sign(_("Running"), "blue", icon="refresh"),
        "done": Sign(_("Done"), "green", icon="circle-check"),
        "partly": Sign(_("Partly stored"), "orange", icon="alert-triangle"),
        "refused": Sign(_("Refused"), "red", icon="hand-stop"),
    },
    "event_type": {
        "ObjectEvent": Sign(_("Observation"), "blue", icon="eye"),
        "AggregationEvent": Sign(_("Packing"), "purple", icon="package"),
        "TransactionEvent": Sign(_("Transaction"), "grey", icon="file-text"),
        "TransformationEvent": Sign(_("Transformation"), "orange", icon="git-fork"),
        "AssociationEvent": Sign(_("Association"), "grey", icon="link"),
        "error": Sign(_("Declared in error"), "red", icon="alert-triangle"),
    },
    "risk_list": {
        "in_force": Sign(_("In force"), "green", icon="circle-check"),
        "effective": Sign(_("Took effect"), "grey", icon="history"),
        "waiting": Sign(_("Waiting"), "orange", icon="hourglass"),
        "refused": Sign(_("Refused"), "grey", icon="x"),
    },
    "guidance": {
        "masks": Sign(_("Masks"), "blue", icon="shield"),
        "hand_washing": Sign(_("Washing hands"), "blue", icon="wash-hand"),
        "ventilation": Sign(_("Airing rooms"), "blue", icon="wind"),
        "distance": Sign(_("Keeping distance"), "blue", icon="ruler-measure"),
        "no_gatherings": Sign(_("No gatherings"), "blue", icon="users-minus"),
        "vaccination": Sign(_("Vaccination"), "blue", icon="vaccine"),
        "clean_places": Sign(_("Clean surroundings"), "blue", icon="spray"),
        "study": Sign(_("Study and contest"), "blue", icon="school"),
        "other": Sign(_("Other action"), "blue", icon="info-circle"),
    },
    "channel": {
        "loudspeaker": Sign(_("Village loudspeaker"), "grey", icon="speakerphone"),
        "poster": Sign(_("Poster"), "grey", icon="printer"),
        "sms": Sign(_("Text message"), "grey", icon="phone"),
        "wechat": Sign(_("WeChat group"), "grey", icon="users"),
        "visit": Sign(_("Home visit"), "grey", icon="home"),
    },
    "notice": {
        "draft": Sign(_("Draft"), "grey", icon="pencil"),
        "published": Sign(_("Published"), "green", icon="circle-check"),
        "withdrawn": Sign(_("Withdrawn"), "red", icon="ban"),
    },
    "notice_kind": {
        "notice": Sign(_("Notice"), "blue", icon="bell"),
        "travel_advice": Sign(_("Travel advice"), "orange", icon="plane"),
    },
    "direction": {
        "forward": Sign(_("Reached"), "grey", icon="arrow-right"),
        "backward": Sign(_("Came from"), "grey", icon="arrow-left"),
    },
    "run_cause": {
        "result_signed": Sign(_("A result was signed"), "grey", icon="test-pipe"),
        "result_corrected": Sign(_("A result was corrected"), "grey", icon="pencil"),
        "new_facts": Sign(_("New facts"), "grey", icon="database"),
    },
}


def sign_for(kind: str, value: object) -> Sign:
    """The sign of a value; a value without one is shown as it is, in grey. Raises KeyError for an unknown kind."""
    text = str(value)
    return SIGNS[kind].get(text) or Sign(text, "grey", icon=UNKNOWN_ICON)
