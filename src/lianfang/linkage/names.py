"""Chinese names as they are written elsewhere: homophones, variant characters, pinyin, given name first."""

import re
import unicodedata
from functools import lru_cache

# Surnames of two characters; the others have one. Source: the two-character surnames among the 400 commonest of the 2020
# name report, with the historical ones a county's register may hold.
_DOUBLE = "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒 南宫 长孙 宇文 轩辕 端木 西门 独孤 呼延"
DOUBLE_SURNAMES = frozenset(_DOUBLE.split())
# Surnames that are read otherwise than the same character in a word.
SURNAME_READINGS = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "查": "zha", "盖": "ge", "区": "ou", "任": "ren",
    "朴": "piao", "翟": "zhai", "尉": "wei", "乐": "yue", "缪": "miao", "覃": "qin", "员": "yun", "冼": "xian",
}  # fmt: skip
# Characters that clerks write for each other in names; the first of a group stands for all.
_VARIANTS = ("阎闫", "萧肖", "傅付", "戴代", "邱丘", "蓝兰", "於于", "锺钟鍾", "昇升", "堃坤", "喆哲", "淼渺", "珺君",
             "甯宁", "陞升", "峯峰", "囯国", "秀琇", "娟涓", "蘭兰")  # fmt: skip
_VARIANT_OF = str.maketrans({other: group[0] for group in _VARIANTS for other in group[1:]})
# Sounds that speakers of many regions write alike.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("lv", "lu"), ("nv", "nu"), ("yu", "u"))
_HAN = re.compile(r"[\u3400-\u9fff]")


def plain(name: str) -> str:
    """Return a name without width, case, blanks, dots and variant characters; order of its parts kept."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W\d_]+", "", text).translate(_VARIANT_OF)


@lru_cache(maxsize=200_000)
def forms(name: str) -> tuple[str, str, str, str, str, str]:
    """Return the forms of a name: plain, given name first, pinyin letters, those given name first, alike, surname."""
    text = plain(name)
    if not text:
        return ("", "", "", "", "", "")
    if not _HAN.search(text):
        return _latin(name, text)
    size = 2 if text[:2] in DOUBLE_SURNAMES else 1
    surname, given = text[:size], text[size:]
    family = SURNAME_READINGS.get(surname) or _letters(surname)
    own = _letters(given)
    letters = family + own
    return (text, given + surname, letters, own + family, _alike(letters), surname)


def _latin(name: str, text: str) -> tuple[str, str, str, str, str, str]:
    words = [plain(word) for word in re.split(r"[\s,·]+", unicodedata.normalize("NFKC", name)) if plain(word)]
    swapped = "".join([*words[-1:], *words[:-1]])
    return (text, swapped, text, swapped, _alike(text), words[0] if words else "")


def _letters(text: str) -> str:
    from pypinyin import Style, lazy_pinyin  # its dictionary costs every start half a second

    return "".join(lazy_pinyin(text, style=Style.NORMAL, v_to_u=False))


def _alike(letters: str) -> str:
    for sound, other in _ALIKE:
        letters = letters.replace(sound, other)
    return letters
