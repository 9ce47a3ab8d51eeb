"""What free text about a source of infection names: kinds of venues, in spite of spelling, and codes of other cases."""

import re
from collections.abc import Mapping
from types import MappingProxyType

# Venue -> the words people use for it. A word of six letters or more may be misspelt by one letter.
VENUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "department store": (
            "mall", "malls", "shopping centre", "shopping center", "department store", "superstore", "plaza",
            "商场", "百货", "商厦", "购物中心", "购物广场",
        ),
        "supermarket": ("supermarket", "超市"),
        "market": ("market", "市场", "集市"),
        "hospital": ("hospital", "clinic", "emergency room", "ward", "医院", "门诊", "急诊", "病房"),
        "train": ("train", "trains", "railway", "火车", "列车", "高铁", "动车"),
        "bus": ("bus", "coach", "公交", "大巴", "客车"),
        "school": ("school", "university", "college", "学校", "中学", "小学", "大学", "幼儿园"),
        "restaurant": ("restaurant", "canteen", "饭店", "餐厅", "酒楼", "食堂"),
        "hotel": ("hotel", "宾馆", "酒店"),
        "church": ("church", "temple", "教堂", "寺"),
        "warehouse": ("warehouse", "cold store", "cold room", "仓库", "总仓", "冷库"),
    }
)  # fmt: skip
_WORD = re.compile(r"[a-z]+")
_CODE = re.compile(r"[A-Za-z]+[_-]?\d+")
_MISSPELLABLE = 6


def venues_named(text: str) -> frozenset[str]:
    """Return the kinds of venues a text names (keys of VENUES)."""
    lowered = text.casefold()
    words = _WORD.findall(lowered)
    phrases = f" {' '.join(words)} "
    return frozenset(
        venue for venue, names in VENUES.items() if any(_is_named(name, lowered, phrases, words) for name in names)
    )


def _is_named(name: str, text: str, phrases: str, words: list[str]) -> bool:
    if not name.isascii():
        return name in text
    if " " in name or len(name) < _MISSPELLABLE:
        return f" {name} " in phrases
    return any(within_one_edit(name, word) for word in words)


def codes_in(text: str) -> frozenset[str]:
    """Return what in a text looks like the code of a case: letters and a number, such as TJ34 or SK_14."""
    return frozenset(_CODE.findall(text))


def within_one_edit(one: str, other: str) -> bool:
    """Return whether one letter added, left out or exchanged makes the words the same."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    return short[same:] == long[same + 1 :] or short[same + 1 :] == long[same + 1 :]
