"""Finding the division a published text means, down to counties: names in order, from the province on.

Pure: it is made from the divisions and asks nothing. What it cannot place for certain it says so; a person decides.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from lianfang.formats.risk_lists import RiskRow
from lianfang.rules.risk import RiskExtent

PROVINCE, CITY, COUNTY = 2, 4, 6  # digits of a code
# Rows of the list of cities that stand for no city: districts of a municipality, counties directly under a province.
_NO_CITY: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "省直辖县级行政单位", "自治区直辖县级行政区划"})
_PROVINCE_ENDING: Final = re.compile(r"(?:壮族|回族|维吾尔)?自治区$|[省市]$")
_PEOPLES: Final = re.compile(
    r"(?:朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古|柯尔克孜|哈萨克)+自治州$"
)
_CITY_ENDING: Final = re.compile(r"(?:市|地区|盟)$")
_NICKNAMES: Final = {"巴音郭楞": "巴州", "克孜勒苏": "克州", "博尔塔拉": "博州"}
# A zone that is no division of its own: what stands in it is in no county that can be read off.
_ZONE: Final = re.compile(
    r"^[\u4e00-\u9fff]{0,8}?(?:新区|高新区|经开区|高新技术(?:产业)?开发区|开发区|示范区|度假区|风景名胜区|园区|港区|基地)"
)
_IN_BRACKETS: Final = re.compile(r"^[^（）]{2,16}（(?P<name>[^（）]+[区县市旗])）")
_ALL_OF_IT: Final = frozenset({"", "全域", "全境", "全县", "全市", "全区", "全部区域", "所有区域", "全部"})


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry is. area_code: "" if not even the province is known; community: what is left of the text."""

    area_code: str
    extent: RiskExtent
    community: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class _At:
    """How far a text has been followed: the codes found and the rest of it."""

    province: str = ""
    city: str = ""
    county: str = ""
    text: str = ""

    @property
    def code(self) -> str:
        return self.county or self.city or self.province


class Unit(NamedTuple):
    """A division: 2 digits province, 4 city, 6 county."""

    code: str
    name: str


class Gazetteer:
    """Names of provinces, cities and counties, and what each can stand before."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._names: dict[str, str] = {}
        self._provinces: dict[str, str] = {}
        self._cities: dict[str, dict[str, str]] = defaultdict(dict)
        self._long_cities: dict[str, dict[str, str]] = defaultdict(dict)
        self._counties: dict[str, dict[str, str]] = defaultdict(dict)
        by_province: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for unit in units:
            self._names[unit.code] = unit.name
            if len(unit.code) == PROVINCE:
                self._provinces |= dict.fromkeys((unit.name, _PROVINCE_ENDING.sub("", unit.name)), unit.code)
            elif len(unit.code) == CITY and unit.name not in _NO_CITY:
                self._cities[unit.code[:2]] |= dict.fromkeys(_city_names(unit.name), unit.code)
                self._long_cities[unit.code[:2]] |= dict.fromkeys(_long_names(unit.name), unit.code)
            elif len(unit.code) == COUNTY:
                self._counties[unit.code[:4]][unit.name] = unit.code
                by_province[unit.code[:2]][unit.name].append(unit.code)
        # The counties of a province whose name no other county there bears.
        self._unique = {
            province: {name: codes[0] for name, codes in named.items() if len(codes) == 1}
            for province, named in by_province.items()
        }
        self._anywhere = {name: code for cities in self._long_cities.values() for name, code in cities.items()}

    def place(self, row: RiskRow, *, before: str = "") -> Placed:
        """Return where an entry is. before: the county of the entry before it, if both stand in one clause."""
        at = self._heading(row)
        complement = row.complement
        said = complement.base if complement else row.community
        at = self._follow(replace(at, text=_plain(at.text + said)))
        if not at.county and before.startswith(at.code) and row.continues and not _ZONE.match(at.text):
            at = replace(at, city=before[:4], county=before)
        at = self._only_county(at)
        everything = at.text in _ALL_OF_IT
        if not row.community:
            return Placed(at.code, RiskExtent.PART, at.text, is_certain=False)
        extent = RiskExtent.PART if not everything else RiskExtent.REST if complement else RiskExtent.WHOLE
        certain = bool(at.county) or (everything and bool(at.code))
        return Placed(at.code, extent, "" if everything else at.text, certain)

    def find(self, text: str, *, limit: int = 20) -> tuple[tuple[str, str], ...]:
        """Return what a typed place can mean: division codes with what the text says beyond their names."""
        plain = _plain(text)
        if not plain:
            return ()
        at = self._follow(_At(text=plain))
        if at.code:
            return ((at.code, at.text),)
        found = []
        for code, name in self._names.items():
            for form in _spoken(name, len(code)):
                if plain.startswith(form):
                    start = _At(code[:2], code[:4] if len(code) > 2 else "", code if len(code) == 6 else "")
                    followed = self._follow(replace(start, text=plain.removeprefix(form)))
                    found.append((len(form), followed.code, followed.text))
                    break
        # The longer name counts: 新绛县 is not 绛县, 长安区 not 长安.
        longest = max((length for length, _, _ in found), default=0)
        return tuple((code, rest) for length, code, rest in found if length == longest)[:limit]

    def suggestions(self, area_code: str, text: str, *, limit: int = 12) -> tuple[str, ...]:
        """Return the counties an undecided entry may be in: those its text begins like come first."""
        inside = [code for code in self._names if len(code) == 6 and code.startswith(area_code)]
        shared = {code: _shared(self._names[code], text) for code in inside}
        return tuple(sorted(inside, key=lambda code: (-shared[code], code))[:limit])

    def name(self, code: str) -> str:
        """Return a division's name."""
        return self._names.get(code, code)

    def _heading(self, row: RiskRow) -> _At:
        """Follow what the entry stands under; what cannot be followed stays in front of its own text."""
        if not row.province:
            return self._follow(_At(text=_plain(row.area_name)), short=True)
        at = _At()
        for part in (row.province, row.city, row.county):
            name = _plain(part)
            if name in _NO_CITY or (at.text and at.text == name):
                continue
            at = self._follow(replace(at, text=at.text + name), short=True)
        return at

    def _follow(self, at: _At, *, short: bool = False) -> _At:
        """Take names off the text's beginning as long as they lead further down, or repeat what is known."""
        while True:
            further = self._repeated(self._step(at, short=short))
            if further == at:
                return at
            at = further

    def _step(self, at: _At, *, short: bool) -> _At:
        if not at.province:
            down = self._take(at, self._provinces, "province")
            down = self._take(at, self._anywhere, "city") if down is at else down
            return replace(down, province=down.city[:2]) if down.city else down
        if not at.county:
            counties = self._counties[at.city] if at.city else self._unique.get(at.province, {})
            down = self._take(at, counties, "county")
            if down is at and (inside := _IN_BRACKETS.match(at.text)) and inside["name"] in counties:
                code = counties[inside["name"]]
                return replace(at, city=code[:4], county=code, text=at.text[inside.end() :])
            if down is not at:
                return replace(down, city=down.county[:4])
        else:
            down = at
        if down is at and not at.city:
            cities = self._cities if short else self._long_cities
            return self._take(at, cities[at.province], "city")
        return down

    @staticmethod
    def _take(at: _At, names: dict[str, str], field: str) -> _At:
        fitting = [name for name in names if at.text.startswith(name)]
        if not fitting:
            return at
        name = max(fitting, key=len)
        return replace(at, text=at.text.removeprefix(name), **{field: names[name]})

    def _repeated(self, at: _At) -> _At:
        """Take off the full name of a unit that is known already: 天津市天津市河东区, 乌鲁木齐市天山区."""
        for code in filter(None, (at.province, at.city, at.county)):
            name = self._names.get(code, "")
            for form in _long_names(name) if len(code) == CITY else (name,):
                if form and form not in _NO_CITY and at.text.startswith(form):
                    return replace(at, text=at.text.removeprefix(form))
        return at

    def _only_county(self, at: _At) -> _At:
        """A city without counties of its own (东莞, 中山, 儋州) is listed once more as its only county."""
        counties = self._counties.get(at.city, {})
        if at.city and not at.county and list(counties) == [self._names[at.city]]:
            return replace(at, county=next(iter(counties.values())))
        return at


def _plain(text: str) -> str:
    return "".join(text.split()).translate(str.maketrans("(),", "（），"))


def _city_names(name: str) -> tuple[str, ...]:
    """Return a city's names: 德宏傣族景颇族自治州, 德宏自治州, 德宏州, 德宏; 吉林市, 吉林."""
    short = _PEOPLES.sub("", name) if name.endswith("自治州") else _CITY_ENDING.sub("", name)
    return (*_long_names(name), short) if len(short) > 1 else _long_names(name)


def _long_names(name: str) -> tuple[str, ...]:
    """Return the names that can begin nothing else, as 吉林 does 吉林大路."""
    if not name.endswith("自治州"):
        return (name,)
    short = _PEOPLES.sub("", name)
    nick = _NICKNAMES.get(short)
    return (name, f"{short}自治州", f"{short}州", *((nick,) if nick else ()))


def _spoken(name: str, digits: int) -> tuple[str, ...]:
    """Return the forms in which somebody types a name, the fullest first."""
    if name in _NO_CITY:
        return ()
    if digits == CITY:
        return tuple(sorted(_city_names(name), key=len, reverse=True))
    short = re.sub(r"(?:自治县|自治旗|[县市区旗])$", "", name) if digits == COUNTY else name
    return (name, short) if len(short) > 1 else (name,)


def _shared(name: str, text: str) -> int:
    """Return how many letters a text begins with that a name has: 平潭县 and 平潭综合实验区 share two."""
    length = 0
    while length < min(len(name), len(text)) and name[length] == text[length]:
        length += 1
    return length
