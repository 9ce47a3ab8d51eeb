"""A provincial health commission's daily text: the paragraph on the nation's areas at risk.

    全国现有1个高风险地区，13个中风险地区：高风险地区（1个）：广东省广州市：荔湾区白鹤洞街。中风险地区（13个）：...

The summary states how many, each level's header states it again, each heading states its own number. One entry per
line under a heading, or all in one line with commas.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lianfang.formats.risk_lists.bulletin_stamp import stamp_of_bulletin
from lianfang.formats.risk_lists.complement import complement_of
from lianfang.formats.risk_lists.entries import Entry, entries_of
from lianfang.formats.risk_lists.model import Count, Form, Found, RiskListError, RiskRow, RiskSnapshot
from lianfang.rules.vocabulary import RiskLevel

_LEVELS: Final = {"高": RiskLevel.HIGH, "中": RiskLevel.MIDDLE, "低": RiskLevel.LOW}
_WIDE: Final = str.maketrans("(),:;", "（），：；")
_PROVINCE: Final = re.compile(
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|重庆"
    "|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆"
)
_UNIT: Final = r"(?P<{n}>\d+)个(?:[^，。；：（\d]{{0,4}}(?:（[^）]*）)?为)?(?P<{level}>[高中低])风险地区(?:（[^）]*）)?"
_SUMMARY: Final = re.compile(
    "全国(?:现有|现|有)?"
    + _UNIT.format(n="n1", level="l1")
    + "(?:[，、和]"
    + _UNIT.format(n="n2", level="l2")
    + ")?"
    + "(?:[，、和]"
    + _UNIT.format(n="n3", level="l3")
    + ")?(?:，均?涉及[^：。\n]*)?[：。]"
)
_NOTHING: Final = re.compile("全国(?:境内)?(?:已|均)?无(?:中、高|高、中|中高|高中)风险地区")
_END: Final = re.compile("境外（除|境外仍|[^。；\n]*更新情况：|专家提醒|每个人是自己|^关闭$", re.MULTILINE)
_LEVEL: Final = re.compile(
    r"(?:\d+个)?(?P<level>[高中低])风险地区(?:分别)?为?(?:（(?P<n>\d+)个?）：?\n|（(?P<m>\d+)个?）：|：)"
)
_HEADING: Final = re.compile(r"(?P<place>[^，。；：、（）\n]{2,40})(?:（(?P<n>\d+)个?）)?：(?:(?P<m>\d+)个(?=\n))?")


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the text under a level or heading; begins at `start` of the whole text."""

    name: str
    stated: int | None
    text: str
    start: int


def read_bulletin(text: str, source: str) -> RiskSnapshot:
    """Read the risk areas of a bulletin. Raises: RiskListError if there are none, or a part is not understood."""
    plain = _plain(text)
    summary = _SUMMARY.search(plain)
    nothing = _NOTHING.search(plain)
    found = summary or nothing
    if found is None:
        raise RiskListError("text", "says nothing about the areas at risk (全国...风险地区)")
    stamp = stamp_of_bulletin(plain, found.start(), source)
    counts = list(_summary_counts(plain, summary)) if summary else []
    rows: list[RiskRow] = []
    if summary:
        end = _END.search(plain, summary.end())
        body = plain[: end.start() if end else len(plain)]
        for level, part in _levels(body, summary.end(), counts):
            read, checked = _read_level(plain, level, part)
            rows += read
            counts += checked
    known = {level: sum(row.level is level for row in rows) for level in RiskLevel}
    totals = tuple(_counted(count, known) if not count.heading else count for count in counts)
    categories = tuple(level for level in RiskLevel if level is not RiskLevel.LOW or known[level])
    return RiskSnapshot(Form.BULLETIN, source, stamp, categories, tuple(rows), totals)


def _plain(text: str) -> str:
    """Return the text in full-width punctuation and without blanks; lines stay where they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(line.split()).translate(_WIDE) for line in lines) + "\n"


def line_of(text: str, position: int) -> str:
    """Return where a position is, for a person: `line 12`."""
    return f"line {text.count(chr(10), 0, position) + 1}"


def _summary_counts(text: str, summary: re.Match[str]) -> Iterator[Count]:
    for number in "123":
        stated, letter = summary.group(f"n{number}"), summary.group(f"l{number}")
        if stated:
            yield Count(_LEVELS[letter], "", int(stated), 0, line_of(text, summary.start()))


def _counted(count: Count, known: dict[RiskLevel, int]) -> Count:
    return Count(count.level, count.heading, count.stated, known[count.level], count.where, count.found)


def _levels(body: str, start: int, counts: list[Count]) -> Iterator[tuple[RiskLevel, _Part]]:
    """Yield each level's stretch. A bulletin that knows only one level may leave out its header."""
    headers = list(_LEVEL.finditer(body, start))
    before = body[start : headers[0].start() if headers else len(body)]
    if before.strip("。；\n"):
        stated = [count for count in counts if count.stated]
        if len(stated) != 1 or headers:
            raise RiskListError(line_of(body, start), f"{before.strip()[:40]!r} stands under no level")
        yield stated[0].level, _Part("", stated[0].stated, before, start)
    ends = [*(header.start() for header in headers), len(body)][1:]
    for header, end in zip(headers, ends, strict=True):
        number = header["n"] or header["m"]
        part = _Part("", int(number) if number else None, body[header.end() : end], header.end())
        yield _LEVELS[header["level"]], part


def _read_level(plain: str, level: RiskLevel, part: _Part) -> tuple[list[RiskRow], list[Count]]:
    counts: list[Count] = []
    rows: list[RiskRow] = []
    groups = list(_groups(plain, part))
    for group in groups:
        # A heading without a number that stands alone has the level's.
        stated = group.stated if group.stated is not None or len(groups) > 1 else part.stated
        entries, found = entries_of(group.text, stated)
        where = line_of(plain, group.start)
        if stated is not None:
            counts.append(Count(level, group.name, stated, len(entries), where, found))
        elif found is not Found.LISTED:
            raise RiskListError(where, f"{group.name} states no number to read its entries by")
        rows += [_row(level, group, entry, plain) for entry in entries]
    if part.stated is not None:
        counts.append(Count(level, "", part.stated, len(rows), line_of(plain, part.start)))
    return rows, counts


def _groups(plain: str, part: _Part) -> Iterator[_Part]:
    """Yield the headings with what stands under each: 甘肃省兰州市（3个）：..., 云南：2个."""
    heads = list(_HEADING.finditer(part.text))
    starts = [head.start("place") + _misplaced(head["place"]) for head in heads]
    before = part.text[: starts[0] if starts else len(part.text)].strip("。；\n")
    if before:
        raise RiskListError(line_of(plain, part.start), f"{before[:40]!r} stands under no heading")
    for head, start, end in zip(heads, starts, [*starts, len(part.text)][1:], strict=True):
        stated = head["n"] or head["m"]
        name = part.text[start : head.end("place")]
        yield _Part(name, int(stated) if stated else None, part.text[head.end() : end], part.start + head.end())


def _misplaced(place: str) -> int:
    """Return where the heading begins: a full stop forgotten before it leaves the last entry's text in front."""
    inside = _PROVINCE.search(place)
    return inside.start() if inside else 0


def _row(level: RiskLevel, group: _Part, entry: Entry, plain: str) -> RiskRow:
    return RiskRow(
        level,
        province="",
        city="",
        county="",
        area_name=group.name,
        community=entry.text,
        complement=complement_of(entry.text),
        continues=entry.continues,
        where=line_of(plain, group.start + entry.offset),
    )
