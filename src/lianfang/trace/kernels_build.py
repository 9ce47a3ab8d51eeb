"""Compiled building of a segment: partition by place, sort and merge bucket by bucket, post by subject.

Each kernel works on a part of the rows, places or subjects, so that parts run on all cores; what a part writes belongs to it
alone, so the result does not depend on how many there are.
"""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_sort import BUCKETS, DIGIT_BITS, Flags, Int64, Ints, compiled

PLACE, SUBJECT, T_IN, T_OUT = range(4)
"""Columns of records, int[n, 4]."""
SMALL_SHIFT = 5
SMALL_BLOCK = 1 << SMALL_SHIFT


class Columns(NamedTuple):
    """Stays as they come: int64[n] each."""

    subject: Int64
    place: Int64
    t_in: Int64
    t_out: Int64


class Codes(NamedTuple):
    """Numbers for ids: the code of an id is table[id - least]."""

    least: int
    table: Ints


@compiled
def bounds_of(columns: Columns, begin: int, end: int) -> Int64:
    """(min, max) of subject, place, t_in and t_out of rows [begin, end), then how many end no later than they start: int64[9]."""
    subject, place, t_in, t_out = columns
    s_low, s_high, p_low, p_high = subject[begin], subject[begin], place[begin], place[begin]
    in_low, in_high, out_low, out_high = t_in[begin], t_in[begin], t_out[begin], t_out[begin]
    empty = 0
    for row in range(begin, end):
        s_low, s_high = min(s_low, subject[row]), max(s_high, subject[row])
        p_low, p_high = min(p_low, place[row]), max(p_high, place[row])
        in_low, in_high = min(in_low, t_in[row]), max(in_high, t_in[row])
        out_low, out_high = min(out_low, t_out[row]), max(out_high, t_out[row])
        empty += t_out[row] <= t_in[row]
    return np.array((s_low, s_high, p_low, p_high, in_low, in_high, out_low, out_high, empty), dtype=np.int64)


@compiled
def mark_ids(ids: Int64, least: int, part: tuple[int, int], seen: Flags) -> None:
    """Set seen[id - least] for the ids of a part; parts may mark the same id, they write the same value."""
    for row in range(part[0], part[1]):
        seen[ids[row] - least] = True


@compiled
def count_buckets(place: Int64, codes: Codes, shift: int, part: tuple[int, int], count: Int64) -> None:
    """How many rows of a part go to each bucket of 2**shift neighbouring place codes."""
    least, table = codes
    for row in range(part[0], part[1]):
        count[table[place[row] - least] >> shift] += 1


@compiled
def partition(
    columns: Columns, coding: tuple[Codes, Codes, int, int], part: tuple[int, int], position: Int64, records: Ints
) -> None:
    """Write the rows of a part as records to where their bucket stands.

    Args:    coding: of subjects, of places, the base of times, the bucket shift. position int64[buckets]: where the part's
             next row of each bucket goes. records int[n, 4].
    """
    subject, place, t_in, t_out = columns
    of_subjects, of_places, base, shift = coding
    s_least, s_table, p_least, p_table = of_subjects.least, of_subjects.table, of_places.least, of_places.table
    for row in range(part[0], part[1]):
        code = p_table[place[row] - p_least]
        to = position[code >> shift]
        position[code >> shift] = to + 1
        records[to, PLACE] = code
        records[to, SUBJECT] = s_table[subject[row] - s_least]
        records[to, T_IN] = t_in[row] - base
        records[to, T_OUT] = t_out[row] - base


@compiled
def sort_records(records: Ints, column: int, origin: int, spread: int) -> Ints:
    """The records, stably sorted by one column whose values lie in [origin, origin + spread]."""
    source, n = records, len(records)
    target = np.empty_like(records)
    shift = 0
    while spread >> shift > 0:
        buckets = min(BUCKETS, (spread >> shift) + 1)
        position = np.zeros(buckets + 1, dtype=np.int64)
        for row in range(n):
            position[(((source[row, column] - origin) >> shift) & (BUCKETS - 1)) + 1] += 1
        for bucket in range(buckets):
            position[bucket + 1] += position[bucket]
        for row in range(n):
            bucket = ((source[row, column] - origin) >> shift) & (BUCKETS - 1)
            to = position[bucket]
            position[bucket] = to + 1
            for field in range(4):
                target[to, field] = source[row, field]
        if shift == 0:
            source, target = target, np.empty_like(records)
        else:
            source, target = target, source
        shift += DIGIT_BITS
    return source


@compiled
def merge_bucket(
    records: Ints, last_row: Ints, long_s: int, out: tuple[tuple[Ints, Ints, Ints], Int64, Int64]
) -> Int64:
    """Merge one bucket's records, sorted by (place, t_in), and lay them out: short stays as columns, long ones as records.

    Stays of one subject at one place that overlap or touch become one stay. Exact: rows come by t_in, so a stay can only join
    the subject's latest stay at that place, whose end is the latest so far.

    Args:    last_row int[S]: scratch of this worker; what earlier buckets left in it does not matter.
             long_s: stays longer than this are long. out: room for the short stays; short and long stays per place int64[P].
    Returns: (short stays, long stays, duplicates, joined). The long ones become the first records.
    """
    (out_subject, out_in, out_out), n_short, n_long = out
    n = duplicates = joined = first = 0
    place = -1
    for row in range(len(records)):
        subject, start, end = records[row, SUBJECT], records[row, T_IN], records[row, T_OUT]
        if records[row, PLACE] != place:
            place, first = records[row, PLACE], n
        head = last_row[subject]
        if first <= head < n and records[head, SUBJECT] == subject and start <= records[head, T_OUT]:
            if start == records[head, T_IN] and end == records[head, T_OUT]:
                duplicates += 1
            else:
                joined += 1
                records[head, T_OUT] = max(records[head, T_OUT], end)
            continue
        last_row[subject] = n
        for field in range(4):
            records[n, field] = records[row, field]
        n += 1
    short = long = 0
    for row in range(n):
        place, start, end = records[row, PLACE], records[row, T_IN], records[row, T_OUT]
        if end - start > long_s:
            for field in range(4):
                records[long, field] = records[row, field]
            n_long[place] += 1
            long += 1
        else:
            out_subject[short], out_in[short], out_out[short] = records[row, SUBJECT], start, end
            n_short[place] += 1
            short += 1
    return np.array((short, long, duplicates, joined), dtype=np.int64)


@compiled
def count_subjects(subject: Ints, part: tuple[int, int], count: Int64) -> None:
    """How many rows of a part each subject has."""
    for row in range(part[0], part[1]):
        count[subject[row]] += 1


@compiled
def post_subjects(subject: Ints, place_offset: Ints, part: tuple[int, int], position: Int64, postings: Ints) -> None:
    """Write (row, place) of each stay at the places of a part to where its subject's next posting goes: int[n, 2]."""
    for place in range(part[0], part[1]):
        for row in range(place_offset[place], place_offset[place + 1]):
            to = position[subject[row]]
            position[subject[row]] = to + 1
            postings[to, 0], postings[to, 1] = row, place


@compiled
def longest_of_places(place_offset: Ints, t_in: Ints, t_out: Ints, longest: Ints) -> None:
    """The longest stay at each place, 0 where there is none: int[P]."""
    for place in range(len(longest)):
        most = 0
        for row in range(place_offset[place], place_offset[place + 1]):
            most = max(most, t_out[row] - t_in[row])
        longest[place] = most


@compiled
def latest_of_blocks(t_out: Ints, latest: Ints) -> None:
    """The latest t_out of each 32 rows: int[ceil(n / 32)]."""
    for block in range(len(latest)):
        begin = block << SMALL_SHIFT
        most = t_out[begin]
        for row in range(begin + 1, min(begin + SMALL_BLOCK, len(t_out))):
            most = max(most, t_out[row])
        latest[block] = most
