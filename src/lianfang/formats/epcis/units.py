"""Measured values in one unit per kind of quantity: UN/CEFACT Recommendation 20 codes, converted by pint."""

from functools import lru_cache
from typing import Final

import pint

# Code of Recommendation 20 -> unit as pint writes it. What is not listed is compared in its own code only.
UNITS: Final = {
    "CEL": "degC", "KEL": "kelvin", "FAH": "degF", "A48": "degR",
    "MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km", "FOT": "ft", "INH": "inch", "DMT": "dm", "SMI": "mile",
    "KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "tonne", "LBR": "lb", "ONZ": "oz",
    "MTS": "m/s", "KMH": "km/h", "HM": "mile/h", "2M": "cm/s", "C16": "mm/s",
    "LTR": "liter", "MLT": "milliliter", "MTQ": "m**3", "CMQ": "cm**3", "DMQ": "dm**3",
    "A93": "g/m**3", "KMQ": "kg/m**3", "M1": "mg/liter", "GL": "g/liter",
    "PAL": "pascal", "KPA": "kilopascal", "A97": "hectopascal", "MBR": "millibar", "BAR": "bar", "ATM": "atm",
    "SEC": "second", "MIN": "minute", "HUR": "hour", "DAY": "day", "C26": "millisecond",
    "DD": "degree", "C81": "radian", "LUX": "lux", "JOU": "joule", "KJO": "kilojoule",
    "WTT": "watt", "KWT": "kilowatt", "VLT": "volt", "AMP": "ampere", "HTZ": "hertz", "KHZ": "kilohertz",
    "P1": "percent", "C62": "dimensionless", "NEW": "newton", "MTK": "m**2", "CMK": "cm**2",
    "C36": "mol/m**3", "P71": "uSv/h", "D13": "sievert",
}  # fmt: skip


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[float]":
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=256)
def _scale(code: str) -> tuple[str, float, float] | None:
    """Return (dimension, factor, offset) with value * factor + offset in base units; None for a code not known."""
    unit = UNITS.get(code)
    if unit is None:
        return None
    registry = _registry()
    zero = registry.Quantity(0.0, unit).to_base_units()
    one = registry.Quantity(1.0, unit).to_base_units()
    return str(one.dimensionality), float(one.magnitude - zero.magnitude), float(zero.magnitude)


def to_base(value: float, code: str) -> tuple[float, str]:
    """Return a value in the base unit of its dimension, with the dimension; of an unknown code, as it is with the code."""
    scale = _scale(code)
    if scale is None:
        return value, code
    dimension, factor, offset = scale
    return value * factor + offset, dimension


def convert(value: float, code: str, into: str) -> float | None:
    """Return a value in another unit; None where the two do not measure the same."""
    if code == into:
        return value
    here, there = _scale(code), _scale(into)
    if here is None or there is None or here[0] != there[0]:
        return None
    return (value * here[1] + here[2] - there[2]) / there[1]
