"""The words of the Core Business Vocabulary 2.0 and how each is written in full."""

# ruff: noqa: SIM905 - words in a row are read more easily than a list of a hundred lines
from functools import lru_cache
from typing import Any, Final

ACTIONS: Final = frozenset({"OBSERVE", "ADD", "DELETE"})
BIZ_STEPS: Final = frozenset(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting"
    " decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting"
    " installing killing loading other packing picking receiving removing repackaging repairing replacing reserving"
    " retail_selling shipping staging_outbound stock_taking stocking storing transporting unloading unpacking"
    " void_shipping sensor_reporting sampling".split()
)
DISPOSITIONS: Final = frozenset(
    "active container_closed damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive"
    " no_pedigree_match non_sellable_other partially_dispensed recalled reserved retail_sold returned"
    " sellable_accessible sellable_not_accessible stolen unknown available completeness_verified completeness_inferred"
    " conformant container_open mismatch_instance mismatch_class mismatch_quantity needs_replacement non_conformant"
    " unavailable".split()
)
BIZ_TRANSACTION_TYPES: Final = frozenset(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt".split()
)
SOURCE_DEST_TYPES: Final = frozenset({"owning_party", "possessing_party", "location"})
ERROR_REASONS: Final = frozenset({"did_not_occur", "incorrect_data"})
MEASUREMENT_TYPES: Final = frozenset(
    "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude AmountOfSubstance"
    " AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance"
    " Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity"
    " ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency"
    " Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux"
    " LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate"
    " MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux"
    " RadiantIntensity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity"
    " SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux"
    " Wavenumber".split()
)
ALERT_TYPES: Final = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS: Final = frozenset(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude"
    " longitude altitude".split()
)

_CBV: Final = "https://ref.gs1.org/cbv/"
_VOC: Final = "https://gs1.org/voc/"
# field -> (words, how a word is written in full, the URN it was written as before CBV 2.0)
WORDS: Final[dict[str, tuple[frozenset[str], str, str]]] = {
    "bizStep": (BIZ_STEPS, f"{_CBV}BizStep-", "urn:epcglobal:cbv:bizstep:"),
    "disposition": (DISPOSITIONS, f"{_CBV}Disp-", "urn:epcglobal:cbv:disp:"),
    "bizTransactionType": (BIZ_TRANSACTION_TYPES, f"{_CBV}BTT-", "urn:epcglobal:cbv:btt:"),
    "sourceDestType": (SOURCE_DEST_TYPES, f"{_CBV}SDT-", "urn:epcglobal:cbv:sdt:"),
    "errorReason": (ERROR_REASONS, f"{_CBV}ER-", "urn:epcglobal:cbv:er:"),
    "measurementType": (MEASUREMENT_TYPES, _VOC, "gs1:"),
    "alertType": (ALERT_TYPES, _VOC, "gs1:"),
    "component": (COMPONENTS, f"{_CBV}Comp-", "cbv:Comp-"),
}
_IN_FULL: Final[dict[str, dict[str, str]]] = {
    field: {word: full + word for word in words} for field, (words, full, _urn) in WORDS.items()
}


@lru_cache(maxsize=4096)
def in_full(field: str, value: str) -> str:
    """Return a word as its web address (`shipping`, or its URN of old); anything else as it is."""
    full = _IN_FULL[field].get(value)
    if full is not None:
        return full
    urn = WORDS[field][2]
    return WORDS[field][1] + value.removeprefix(urn) if value.startswith(urn) else value


@lru_cache(maxsize=4096)
def bare(field: str, value: str) -> str:
    """Return a standard word without its address, whichever way it was written; anything else as it is."""
    words, full, urn = WORDS[field]
    for prefix in (full, urn):
        if value.startswith(prefix) and value[len(prefix) :] in words:
            return value[len(prefix) :]
    return value


def namespaces(context: Any) -> dict[str, str]:
    """Return the prefixes that a JSON-LD context declares, with that of the CBV's master data."""
    found = {"cbvmda": "urn:epcglobal:cbv:mda"}
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, dict):
            found.update({key: value for key, value in each.items() if isinstance(value, str)})
    return found
