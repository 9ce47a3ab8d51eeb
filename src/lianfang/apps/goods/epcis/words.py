"""What business steps, dispositions and problems of EPCIS are called, and an event as a sentence."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lianfang.apps.core.language import spoken
from lianfang.apps.goods.epcis.models import Event, EventKey
from lianfang.apps.goods.epcis.services.mapping import lot_code, place_code
from lianfang.apps.goods.epcis.services.rendering import OWN
from lianfang.rules.warehouse import GoodsStep
from lianfang.rules.words import label

PROBLEMS: Final[Mapping[str, Promise]] = {
    "missing": _("This field is missing."),
    "unknown_field": _("EPCIS has no such field here; fields of others have a prefix."),
    "not_object": _("An object is expected here."),
    "not_list": _("A list is expected here."),
    "not_text": _("Text is expected here."),
    "not_number": _("A number is expected here."),
    "not_true_or_false": _("True or false is expected here."),
    "not_uri": _("A URI is expected here."),
    "not_time": _("An instant with its offset from UTC is expected here."),
    "not_offset": _("An offset from UTC such as +08:00 is expected here."),
    "not_in_vocabulary": _("This word is not in the vocabulary."),
    "not_unit": _("A unit code of two or three characters is expected here."),
    "not_hex": _("Hexadecimal digits are expected here."),
    "not_version": _("A version number is expected here."),
    "repeated": _("The list names something twice."),
    "empty": _("This is empty."),
    "wrong_type": _("There is no such type of event."),
    "nothing_named": _("The event names no goods."),
    "ilmd_without_add": _("Master data may stand only with ADD."),
    "no_context": _("An event that stands alone needs its context."),
    "not_json": _("This is not JSON."),
    "too_long": _("This is longer than what can be kept."),
    "too_many_events": _("The document has more events than one may have."),
    "id_taken": _("This id belongs to another event."),
    "not_goods": _("This identifier is none of goods."),
    "link_without_goods": _("One end of this link is not known as goods."),
    "unknown_place": _("This place is not in the register."),
}
STEPS: Final[Mapping[str, Promise]] = {
    "accepting": _("accepted"),
    "arriving": _("arrived"),
    "assembling": _("assembled"),
    "collecting": _("collected"),
    "commissioning": _("commissioned"),
    "consigning": _("consigned"),
    "creating_class_instance": _("made as a lot"),
    "cycle_counting": _("counted"),
    "decommissioning": _("taken out of use"),
    "departing": _("departed"),
    "destroying": _("destroyed"),
    "disassembling": _("taken apart"),
    "dispensing": _("dispensed"),
    "encoding": _("encoded"),
    "entering_exiting": _("passed through"),
    "holding": pgettext_lazy("goods", "held"),
    "inspecting": _("inspected"),
    "installing": _("installed"),
    "killing": _("tag killed"),
    "loading": _("loaded"),
    "other": _("something else"),
    "packing": _("packed"),
    "picking": _("picked"),
    "receiving": _("received"),
    "removing": _("removed"),
    "repackaging": _("repacked"),
    "repairing": _("repaired"),
    "replacing": _("replaced"),
    "reserving": _("reserved"),
    "retail_selling": _("sold"),
    "sampling": _("sampled"),
    "sensor_reporting": _("measured"),
    "shipping": _("shipped"),
    "staging_outbound": _("made ready to leave"),
    "stock_taking": _("counted in stock"),
    "stocking": _("put on the shelf"),
    "storing": _("stored"),
    "transporting": _("transported"),
    "unloading": _("unloaded"),
    "unpacking": _("unpacked"),
    "void_shipping": _("shipment called off"),
    f"{OWN}certifying": _("certificate entered"),
}
SHOWN: Final = 3


def problem_word(code: str) -> str | Promise:
    """Return what a problem is called."""
    return PROBLEMS.get(code, code)


def step_word(event: Event) -> str | Promise:
    """Return what an event's step is called: the warehouse's own by its word, one of others as it is written."""
    own = event.body.get("lianfang:step")
    if event.capture_id is None and own in set(GoodsStep):
        return label(GoodsStep(own), spoken())
    return STEPS.get(event.biz_step, event.biz_step)


def place_of(event: Event) -> str:
    """Return the code of the place where an event was, "" where it names none."""
    return place_code(event.biz_location or event.read_point)


def sentence(event: Event, keys: Iterable[EventKey], places: Mapping[str, str]) -> str:
    """Return an event as one sentence: what, what was done, where. places: names of the county's own, by code."""
    place = place_of(event)
    by_role: dict[str, list[str]] = {}
    for key in keys:
        by_role.setdefault(key.role, []).append(_named(key))
    parts = {
        "what": _joined(by_role.get("epc") or by_role.get("child") or by_role.get("input") or by_role.get("parent")),
        "out": _joined(by_role.get("output")),
        "parent": _joined(by_role.get("parent")),
        "step": str(step_word(event)) or gettext("observed"),
        "place": places.get(place, place) or gettext("an unnamed place"),
    }
    if event.type == "TransformationEvent":
        return gettext("%(what)s became %(out)s (%(step)s) at %(place)s.") % parts
    if by_role.get("child") and event.action == "ADD":
        return gettext("%(what)s were put into %(parent)s (%(step)s) at %(place)s.") % parts
    if by_role.get("child") and event.action == "DELETE":
        return gettext("%(what)s were taken out of %(parent)s (%(step)s) at %(place)s.") % parts
    if not by_role:
        return gettext("%(step)s at %(place)s.") % parts
    return (gettext("%(what)s: %(step)s at %(place)s.") if place else gettext("%(what)s: %(step)s.")) % parts


def _named(key: EventKey) -> str:
    code = lot_code(key.key) or key.key
    if key.quantity is None:
        return code
    return f"{code} × {key.quantity:g}{' ' + key.unit if key.unit else ''}"


def _joined(names: list[str] | None) -> str:
    if not names:
        return gettext("nothing named")
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (gettext(" and %(n)d more") % {"n": rest} if rest > 0 else "")
