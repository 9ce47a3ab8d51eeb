"""The administrative divisions a county is built on: its townships and village-level units, given by the caller."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Division(NamedTuple):
    """One row of the caller's division table; the length of `code` (6, 9, 12) says what the unit is."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class Divisions:
    """One county's townships and villages, each in code order."""

    county_code: str
    county_name: str
    townships: tuple[Division, ...]
    villages: tuple[Division, ...]
    named_villages: tuple[str, ...]  # as people say them: 乔村, 龙王庙社区
    township_of: npt.NDArray[np.int64]  # per village: index of its township
    seat: int  # index of the township with the most urban communities (ties: the lowest code)

    def village_in(self, township: int) -> int:
        """Return the first village of a township."""
        return int(np.flatnonzero(self.township_of == township)[0])


def spoken_name(village: str) -> str:
    """Return the everyday name of a village-level unit: 东关村委会 -> 东关村, 绛山社区居委会 -> 绛山社区."""
    base = village.removesuffix("村委会")
    if base != village:
        return base if base.endswith("村") else f"{base}村"
    return village.removesuffix("居委会")


def is_community(village: str) -> bool:
    """Whether the unit is an urban community (居委会) and not a village."""
    return village.endswith("居委会")


def read_divisions(rows: Iterable[tuple[str, str, str, str]]) -> Divisions:
    """Order and check one county's division table.

    Args:    rows: (code, name, level, parent) of townships (9 digits) and villages (12 digits); a county
             row (6 digits) names the county, other rows are not wanted.
    Raises:  ValueError if a code has another length, a village or township stands alone, or two counties meet.
    """
    table = sorted({Division(*row) for row in rows})
    townships = tuple(row for row in table if len(row.code) == 9)
    index = {row.code: i for i, row in enumerate(townships)}
    villages = tuple(row for row in table if len(row.code) == 12)
    counties = {row.code[:6] for row in table}
    if len(counties) != 1 or len(townships) + len(villages) + sum(len(row.code) == 6 for row in table) != len(table):
        raise ValueError(
            f"divisions of exactly one county are needed, as codes of 6, 9 or 12 digits; got {sorted(counties)}"
        )
    orphans = [row.code for row in villages if row.parent not in index or not row.code.startswith(row.parent)]
    if orphans or {row.parent for row in villages} != set(index):
        raise ValueError(
            f"each village needs its township and each township a village; wrong: {orphans or 'a township is empty'}"
        )
    county_code = counties.pop()
    township_of = np.array([index[row.parent] for row in villages], dtype=np.int64)
    communities = np.bincount(
        township_of, weights=[is_community(row.name) for row in villages], minlength=len(townships)
    )
    return Divisions(
        county_code=county_code,
        county_name=next((row.name for row in table if len(row.code) == 6), county_code),
        townships=townships,
        villages=villages,
        named_villages=tuple(spoken_name(row.name) for row in villages),
        township_of=township_of,
        seat=int(np.argmax(communities)),
    )
