"""A small county for the tests of `sim`: a county seat, a market town, an upland township and an industrial zone."""

from datetime import date

from lianfang.sim import County, Division, make_county

START = date(2020, 11, 27)
DAYS = 14

_TOWNSHIPS = (
    ("140826100", "古绛镇"),
    ("140826101", "横水镇"),
    ("140826201", "冷口乡"),
    ("140826402", "山西绛县经济开发区"),
)
_VILLAGES = (
    ("140826100005", "龙王庙社区居委会"),
    ("140826100006", "绛山社区居委会"),
    ("140826100200", "东关村委会"),
    ("140826100208", "乔村村委会"),
    ("140826101200", "横北村委会"),
    ("140826101201", "横东村委会"),
    ("140826101206", "柳泉村委会"),
    ("140826201200", "冷口村委会"),
    ("140826201214", "横岭关村委会"),
    ("140826402498", "山西绛县经济开发区虚拟社区"),
)
DIVISIONS = (
    Division("140826", "绛县", "county", "1408"),
    *(Division(code, name, "township", "140826") for code, name in _TOWNSHIPS),
    *(Division(code, name, "village", code[:9]) for code, name in _VILLAGES),
)


def small_county(population: int = 3000, seed: int = 7, start_day: date = START, days: int = DAYS) -> County:
    """A county on the table above."""
    return make_county(DIVISIONS, population=population, seed=seed, start_day=start_day, days=days)
