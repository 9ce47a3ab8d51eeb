"""Entries that say what they leave out: "all of county X except ...". Read once, here."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Complement:
    """What is listed (`base`, "" for all of the area the row stands under) and what is not (`excluded`).

    excluded is "" where the text only says "the rest": then it is what the list names at other levels.
    """

    base: str
    excluded: str


_OUT: Final = r"(?:之外|以外|外)"
_REST: Final = (
    r"(?:的|地)?(?:上述)?(?:所有)?(?:(?:其他|其它|其余)(?:所有)?区?)?(?:的)?"
    r"(?:区域|地区|地方|乡镇|县域地区|单元|部分)*(?:为[高中低]风险区)?"
)
_RISK: Final = r"(?:上述|已划分为|划定的)?[高中低][高中低、和]*风险?(?:区域|地区|区)?"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        # 吕河乡（除杨店行政村外）, 庄头镇（除前曹村、后曹村）, 疏附县（除高风险地区外的其他乡镇）
        rf"^(?P<base>.*?)（除(?P<excluded>(?:[^（）]|（[^（）]*）)+?)(?:{_OUT}{_REST})?）(?:片区|的?区域)?$",
        # 汤阴县（汤阴县育才中学、古贤镇除外）, 恒大绿洲二号院（6号、9号楼以外）片区
        r"^(?P<base>.*?)（(?P<excluded>(?:[^（）]|（[^（）]*）)+)(?:除外|以外)）(?:片区|的?区域)?$",
        # 除中高风险区以外的其他地区, 青羊区除高、中风险区以外的其他区域, 除已划分为中、高风险区域以外第八师石河子市其它区域
        rf"^(?P<base>.*?)(?:市?辖?区?内)?除(?P<excluded>.+?){_OUT}的?(?P<rest>.*?){_REST}$",
        # 二道桥街道福寿巷社区除民政厅家属院其他区域
        r"^(?P<base>.*?)除(?P<excluded>.+?)的?(?:其他|其它|其余)(?:区域|地区)$",
        # 中高风险区以外的城关区其他所有区域, 乌鲁木齐市天山区中高风险区以外的其他地区
        rf"^(?P<base>.*?)(?P<excluded>{_RISK}){_OUT}的?(?P<rest>.*?){_REST}$",
        # 兰州市城关区其余地区
        r"^(?P<base>(?:.*[^外的])?)(?P<excluded>)(?:其余|其他|其它)(?:所有)?(?:区域|地区)$",
    )
)


def complement_of(text: str) -> Complement | None:
    """Return what an entry lists and leaves out, None for one that leaves nothing out."""
    wide = text.translate(str.maketrans("(),", "（），"))
    for form in _FORMS:
        match = form.match(wide)
        parts = match.groupdict("") if match else {}
        # A bracket cut in two says that the words belong to another part of the text.
        if parts and all(part.count("（") == part.count("）") for part in parts.values()):
            return Complement(base=parts["base"] + parts.get("rest", ""), excluded=parts["excluded"].strip("，、"))
    return None
