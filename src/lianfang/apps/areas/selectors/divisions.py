"""Questions about administrative divisions: names, paths, children, finding a name, adding up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from lianfang.apps.areas.models import Area
from lianfang.apps.core.errors import NotFound

Level = Area.Level
CODE_DIGITS: Mapping[int, int] = {
    Level.PROVINCE: 2,
    Level.CITY: 4,
    Level.COUNTY: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
}
# What people leave out when they name a unit: 东关 for 东关村委会, 绛山社区 for 绛山社区居委会.
_ENDINGS = ("村民委员会", "居民委员会", "村委会", "居委会", "社区", "街道", "镇", "乡", "村", "县", "市", "省")


class AreaNotFound(NotFound):
    """No published division has this code."""

    code = "area_not_found"


@dataclass(frozen=True, slots=True)
class Division:
    """One division as other apps see it; `withdrawn_on` is the day a newer list no longer named it."""

    code: str
    name: str
    level: int
    parent_code: str
    withdrawn_on: date | None = None

    @property
    def is_community(self) -> bool:
        """Whether a village-level unit is an urban community (居委会)."""
        return self.level == Level.VILLAGE and self.name.endswith(("居委会", "居民委员会"))

    @property
    def is_virtual(self) -> bool:
        """Whether the statistics office lists it without residents' committee of its own (虚拟社区)."""
        return "虚拟" in self.name


def _division(area: Area) -> Division:
    return Division(area.code, area.name, area.level, area.parent_id or "", area.withdrawn_on)


def ancestor_codes(code: str) -> tuple[str, ...]:
    """Return the codes of a unit's ancestors and its own, province first; read off its digits."""
    return tuple(code[:digits] for digits in CODE_DIGITS.values() if digits <= len(code))


def division(code: str) -> Division:
    """Return one division. Raises: AreaNotFound."""
    area = Area.objects.filter(pk=code).first()
    if area is None:
        raise AreaNotFound("There is no administrative division with this code.", field="area_code")
    return _division(area)


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of many codes in one query; an unknown code stands for itself."""
    wanted = set(codes)
    known = dict(Area.objects.filter(pk__in=wanted).values_list("code", "name"))
    return {code: known.get(code, code) for code in wanted}


def name_of(code: str) -> str:
    """Return the name of one code, or the code itself if it is unknown."""
    return names_of([code])[code]


def paths_of(codes: Iterable[str], *, below: str = "") -> dict[str, str]:
    """Return each code's path of names, as 古绛镇 / 东关村委会, in one query; without what lies above `below`."""
    chains = {code: [part for part in ancestor_codes(code) if len(part) > len(below)] or [code] for code in codes}
    names = names_of(part for chain in chains.values() for part in chain)
    return {code: " / ".join(names[part] for part in chain) for code, chain in chains.items()}


def path(code: str) -> tuple[Division, ...]:
    """Return the division with its ancestors, province first. Raises: AreaNotFound."""
    found = tuple(_division(area) for area in Area.objects.filter(pk__in=ancestor_codes(code)).order_by("level"))
    if not found or found[-1].code != code:
        raise AreaNotFound("There is no administrative division with this code.", field="area_code")
    return found


def children(code: str) -> tuple[Division, ...]:
    """Return the units directly below that are still listed, in code order."""
    return tuple(_division(area) for area in Area.objects.filter(parent_id=code, withdrawn_on=None))


def townships_of(county_code: str) -> tuple[Division, ...]:
    """Return the county's towns, townships and pseudo-townships that are still listed."""
    return _listed(county_code, Level.TOWNSHIP)


def villages_of(code: str) -> tuple[Division, ...]:
    """Return the village-level units of a county or township that are still listed."""
    return _listed(code, Level.VILLAGE)


def _listed(prefix: str, level: int) -> tuple[Division, ...]:
    areas = Area.objects.filter(code__startswith=prefix, level=level, withdrawn_on=None)
    return tuple(_division(area) for area in areas)


def resolve(text: str, *, within: str) -> tuple[Division, ...]:
    """Return the units inside an area that a reported name can mean; one means it is certain.

    A full name beats a name without its ending (乔村 is 乔村村委会, never 西乔村委会). The more a text says before
    the name, the fewer remain: 横水镇乔村 looks in 横水镇 only.
    """
    wanted = "".join(text.split())
    areas = [area for area in units_within(within) if area.code != within]
    names = names_of(ancestor_codes(within)) | {area.code: area.name for area in areas}
    ranked: dict[int, list[Division]] = {}
    for area in areas:
        for rank, name in enumerate(_spoken(area.name)):
            if wanted.endswith(name) and _says_only_ancestors(wanted.removesuffix(name), area, names):
                ranked.setdefault(rank, []).append(area)
                break
    return tuple(ranked[min(ranked)]) if ranked else ()


def _spoken(name: str) -> tuple[str, ...]:
    """Return the forms of a name, the fullest first: 东关村委会, 东关村, 东关."""
    forms = [name]
    for ending in _ENDINGS:
        short = name.removesuffix(ending)
        if short != name and len(short) > 1:
            village = ending in {"村民委员会", "村委会"} and not short.endswith("村")
            forms += [f"{short}村"] if village else []
            forms.append(short)
            if short.endswith("村") and len(short) > 2:
                forms.append(short.removesuffix("村"))
            break
    return tuple(forms)


def _says_only_ancestors(prefix: str, area: Division, names: Mapping[str, str]) -> bool:
    """Return whether what stands before the name names units the area lies in, from the nearest outwards."""
    for code in reversed(ancestor_codes(area.code)[:-1]):
        for name in _spoken(names.get(code, "\0")):
            if prefix.endswith(name):
                prefix = prefix.removesuffix(name)
                break
    return not prefix


def roll_up(counts: Mapping[str, int], *, level: int) -> dict[str, int]:
    """Add counts by code up to one level; a code above the level keeps its own entry, so that the sum stays the sum."""
    totals: dict[str, int] = {}
    for code, count in counts.items():
        key = code[: CODE_DIGITS[level]]
        totals[key] = totals.get(key, 0) + count
    return totals


def units_within(code: str) -> tuple[Division, ...]:
    """Return an area and everything below it that is still listed, in code order."""
    return tuple(_division(area) for area in Area.objects.filter(code__startswith=code, withdrawn_on=None))


def has_divisions(county_code: str) -> bool:
    """Return whether the county's own list has been imported."""
    return Area.objects.filter(code__startswith=county_code, level=Level.VILLAGE).exists()
