"""As of when a bulletin speaks: its own sentence, its title, its day of publication, and which year that was."""

import re
from datetime import datetime
from typing import Final

from lianfang.formats.risk_lists.model import CHINA, RiskListError
from lianfang.formats.risk_lists.series import instant

_SENTENCE: Final = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(?:(\d{1,2})时)?，?$")
_REPORTED: Final = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日(?:0[-—－~至]*24时|江苏|\D{1,6}省)")
_PUBLISHED: Final = re.compile(r"发布(?:日期|时间)：(\d{4})-(\d{1,2})-(\d{1,2})(?:(\d{2})：(\d{2}))?")
_NAMED: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WHERE: Final = "stamp"


def stamp_of_bulletin(text: str, at: int, source: str) -> datetime:
    """Return the instant the list holds from.

    The sentence before the list names day and hour; without an hour it is the end of that day, without a day the end of
    the day reported on; but never later than the publication. A year that is not said is that of the publication.
    text: without blanks, punctuation full-width. at: where the list begins. Raises: RiskListError.
    """
    published = _published(text, source)
    line = text[text.rfind("\n", 0, at) + 1 : at]
    found = _SENTENCE.search(line) or _REPORTED.search(text)
    if found is None:
        raise RiskListError(_WHERE, "the text names no day")
    month, day = int(found[2]), int(found[3])
    year = int(found[1]) if found[1] else _year(month, day, published)
    hour = found[4] if found.re is _SENTENCE else None
    stamp = instant(year, month, day, 24 if hour is None else int(hour), where=_WHERE)
    return min(stamp, published) if published and hour is None else stamp


def _published(text: str, source: str) -> datetime | None:
    if found := _PUBLISHED.search(text):
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        return instant(year, month, day, hour, where=_WHERE).replace(minute=minute)
    if found := _NAMED.search(source):
        year, month, day = map(int, found.groups())
        return datetime(year, month, day, 23, 59, tzinfo=CHINA)
    return None


def _year(month: int, day: int, published: datetime | None) -> int:
    if published is None:
        raise RiskListError(_WHERE, f"the year of {month}月{day}日 is neither in the text nor in the file's name")
    # A list of the last days of December is published in January.
    return published.year - 1 if (month, day) > (published.month, published.day) else published.year
