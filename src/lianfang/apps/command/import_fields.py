"""The words by which staff know the kinds of tables and their fields."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.formats.dates import DateForm
from lianfang.formats.errors import Remark
from lianfang.formats.fields import SPECS

KINDS: Mapping[str, Promise | str] = MappingProxyType(
    {
        "persons": _("Persons, line list"),
        "list": _("List from elsewhere: travellers, roaming phones, another county"),
        "contacts": _("Contacts"),
        "presences": _("Presences"),
        "places": _("Places"),
        "organisations": _("Organisations"),
        "lots": _("Lots of goods"),
        "packages": _("Packages"),
        "links": _("Splits and merges of lots"),
        "bookings": _("Total warehouse: bookings"),
        "certificates": _("Total warehouse: certificates"),
        "samplings": _("Total warehouse: samples taken"),
        "disinfections": _("Total warehouse: disinfections"),
    }
)
_COMMON: Mapping[str, Promise | str] = {
    "code": _("Code"),
    "name": _("Name"),
    "kind": _("Kind"),
    "area_code": _("Division code"),
    "setting": _("Setting or source, as reported"),
    "t_in": _("From"),
    "t_out": _("Until"),
    "at": _("Time"),
}
_OF_KIND: Mapping[str, Mapping[str, Promise | str]] = {
    "persons": {
        "name": _("Name of the person"),
        "sex": _("Sex"),
        "birth_date": _("Date of birth"),
        "age_years": _("Age"),
        "id_number": _("Identity number"),
        "phone": _("Phone"),
        "household_code": _("Household, code"),
        "work_unit_code": _("Work unit, code"),
        "onset_date": _("Onset"),
        "exposure_start_date": _("Exposed from"),
        "exposure_end_date": _("Exposed until"),
        "confirmed_date": _("Confirmed"),
    },
    "list": {
        "name": _("Name of the person"),
        "id_number": _("Identity number, whole or masked"),
        "phone": _("Phone, whole or masked"),
        "birth_date": _("Date of birth"),
        "sex": _("Sex"),
        "address": _("Address"),
        "from_area": _("Comes from"),
        "date": _("Day"),
        "transport": _("Train, flight or vehicle"),
        "seat": _("Seat"),
    },
    "contacts": {"from": _("Source, code"), "to": _("Exposed, code"), "date": _("Day")},
    "presences": {"subject": _("Person or goods, code"), "place": _("Place, code")},
    "places": {"organisation_code": _("Responsible unit, code")},
    "organisations": {"responsible_kind": _("Responsibility"), "uscc": _("Unified social credit code")},
    "lots": {
        "product": _("Product"),
        "country": _("Country of origin"),
        "n_pieces": _("Pieces"),
        "net_weight_kg": _("Net weight, kg"),
        "declaration_no": _("Customs declaration"),
        "quarantine_cert_no": _("Quarantine certificate"),
        "production_lot": _("Production lot"),
        "owner_code": _("Owner, code"),
        "arrived_at": _("Arrived"),
    },
    "bookings": {
        "code": _("Lot, code"),
        "product": _("Product"),
        "country": _("Country of origin"),
        "n_pieces": _("Pieces"),
        "net_weight_kg": _("Net weight, kg"),
        "declaration_no": _("Customs declaration"),
        "quarantine_cert_no": _("Quarantine certificate"),
        "production_lot": _("Production lot"),
        "owner_code": _("Owner, code"),
        "warehouse_code": _("Room of the warehouse, code"),
        "due_at": _("Appointment"),
        "vehicle": _("Vehicle"),
        "container_no": _("Container"),
        "seal_no": _("Seal number"),
        "driver_code": _("Driver, code"),
        "crew_codes": _("Crew, codes"),
        "destination": _("Destination"),
        "port": _("Port of entry"),
        "hs_code": _("HS code"),
        "plant_no": _("Registration number of the plant abroad"),
        "spec": _("Specification"),
        "production_date": _("Production date"),
        "shelf_life_days": _("Shelf life, days"),
        "gtin": _("Product code (GTIN)"),
    },
    "certificates": {
        "lot_code": _("Lot, code"),
        "certificate": _("Kind of certificate"),
        "number": _("Number"),
        "issuer": _("Issuer"),
        "issued_on": _("Issued on"),
        "valid_until": _("Valid until"),
        "product": _("Product"),
        "production_lot": _("Production lot"),
        "net_weight_kg": _("Net weight, kg"),
    },
    "samplings": {"lot_code": _("Lot, code"), "tube": _("Tube"), "handlers": _("Persons who handled it, codes")},
    "disinfections": {
        "lot_code": _("Lot, code"),
        "coverage": _("What was disinfected"),
        "pieces": _("Pieces"),
        "agent": _("Agent"),
        "record_no": _("Number of the disinfection record"),
        "handlers": _("Persons who handled it, codes"),
    },
    "packages": {"lot_code": _("Lot, code")},
    "links": {"from": _("Lot before, code"), "to": _("Lot after, code")},
}
DATE_FORMS: Mapping[str, Promise | str] = MappingProxyType(
    {
        "": _("Recognise from each column"),
        DateForm.ISO: "2020-12-31",
        DateForm.DMY: _("31/12/2020: day first"),
        DateForm.MDY: _("12/31/2020: month first"),
        DateForm.CHINESE: "2020年12月31日",
        DateForm.COMPACT: "20201231",
        DateForm.EXCEL: _("44196: days as a spreadsheet counts them"),
        DateForm.EPOCH: _("1609344000: seconds since 1970"),
    }
)


def field_word(kind: str, name: str) -> Promise | str:
    """Return what a field of a kind of table is called. Raises: KeyError."""
    return _OF_KIND[kind].get(name) or _COMMON[name]


def in_words(said: Remark, kind: str) -> Remark:
    """Return a remark that names a field of a kind of table by its word instead of its name."""
    name = said.params.get("name")
    if name not in {spec_field.name for spec_field in SPECS[kind].fields}:
        return said
    return Remark(said.code, {**said.params, "name": str(field_word(kind, str(name)))})
