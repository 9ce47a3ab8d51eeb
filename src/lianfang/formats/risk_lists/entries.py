"""Telling the entries under one heading apart: by lines, or by commas that also stand inside an entry.

    金普新区先进街道金润小区B区、民馨社区，光中街道金东路社区   three entries
    泉秀街以南、坪山路以东区域，一期、二期                       not four

The heading says how many there are. Where plain reading gives another number, the readings of single pieces are
varied until the number comes out; that this was needed is kept (`Found.BY_COUNT`).
"""

import re
from dataclasses import dataclass
from typing import Final

from lianfang.formats.risk_lists.model import Found

_OPEN, _CLOSE = "（[“《", "）]”》"
# What goes on with the thing named before: 二期, 16号楼, 十五巷4号, 西至刺桐南路.
_GOES_ON: Final = re.compile(
    r"^(?:[0-9A-Za-z～~—\-－]+|[一二三四五六七八九十百]+)(?:期|组|号|栋|幢|区|弄|单元|号楼|号院|座|巷|村民小组|社区?|楼)?"
    r"(?:[0-9]+(?:号|号楼|栋|幢)?)?(?:小区|区域|合围区域|所包围区域)?$|^[东西南北][至到]"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry's text; continues: in the same clause as the one before; offset: where in the heading's text."""

    text: str
    continues: bool
    offset: int


def entries_of(text: str, stated: int | None) -> tuple[tuple[Entry, ...], Found]:
    """Return the entries of a heading's text and how they were found. stated: how many the heading says, if it does."""
    if text.startswith("\n"):
        lines = [(line.start(), line.group().strip("；。，、")) for line in re.finditer(r"[^\n]+", text)]
        entries = tuple(Entry(line, continues=False, offset=offset) for offset, line in lines if line)
        return entries, Found.LISTED
    pieces = _pieces(text)
    plain = [piece.readings[0] for piece in pieces]
    if stated is None:
        only = len(plain) == 1 and len(plain[0]) == 1
        return _flat(plain), Found.LISTED if only else Found.PUNCTUATION
    if sum(map(len, plain)) == stated:
        return _flat(plain), Found.PUNCTUATION
    varied = _varied(pieces, stated)
    return (_flat(varied), Found.BY_COUNT) if varied else (_flat(plain), Found.PUNCTUATION)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two commas, and how it can be read: the plainest first, each of another length."""

    readings: tuple[tuple[Entry, ...], ...]


def _pieces(text: str) -> list[_Piece]:
    found = []
    for clause, clause_at in _split(text, "；。"):
        first = True
        for piece, piece_at in _split(clause, "，"):
            parts = [(part, clause_at + piece_at + at) for part, at in _split(piece, "、")]
            if parts:
                found.append(_Piece(tuple(_readings(parts, first=first))))
                first = False
    return found


def _split(text: str, marks: str) -> list[tuple[str, int]]:
    """Return the parts between the marks that stand outside brackets, with their places; empty ones left out."""
    parts, start, depth = [], 0, 0
    for at, letter in enumerate(text):
        if letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth = max(0, depth - 1)
        elif letter in marks and not depth:
            parts.append((text[start:at], start))
            start = at + 1
    parts.append((text[start:], start))
    return [("".join(part.split()), at) for part, at in parts if part.strip()]


def _readings(parts: list[tuple[str, int]], *, first: bool) -> list[tuple[Entry, ...]]:
    """Return the ways to read a piece: what goes on joined, all joined, nothing joined."""
    natural: list[tuple[str, int]] = []
    for text, at in parts:
        if natural and _GOES_ON.match(text):
            before, began = natural.pop()
            natural.append((f"{before}、{text}", began))
        else:
            natural.append((text, at))
    whole = [("、".join(text for text, _ in parts), parts[0][1])]
    by_length = {len(reading): reading for reading in (parts, whole, natural)}
    ordered = [natural, *(reading for length, reading in by_length.items() if length != len(natural))]
    return [
        tuple(Entry(text, continues=number > 0 or not first, offset=at) for number, (text, at) in enumerate(reading))
        for reading in ordered
    ]


def _varied(pieces: list[_Piece], stated: int) -> list[tuple[Entry, ...]] | None:
    """Return the readings that give the stated number with the fewest pieces read another way; None if none do."""
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for piece in pieces:
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        for total, (changed, chosen) in best.items():
            for number, reading in enumerate(piece.readings):
                length = total + len(reading)
                candidate = (changed + (number > 0), (*chosen, number))
                if length <= stated and (length not in following or candidate < following[length]):
                    following[length] = candidate
        best = following
    if stated not in best:
        return None
    return [piece.readings[number] for piece, number in zip(pieces, best[stated][1], strict=True)]


def _flat(readings: list[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    return tuple(entry for reading in readings for entry in reading)
