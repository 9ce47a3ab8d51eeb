"""Compiled translation between the codes of shelves, and the stays that continue from one segment into another."""

import numpy as np

from lianfang.trace.kernels_scan import View
from lianfang.trace.kernels_sort import NONE, Flags, Int64, Ints, compiled


@compiled
def match_sorted(ids: Int64, some: Int64, codes: Ints) -> None:
    """Write into codes where each of some ascending ids (all among `ids`, ascending) stands. O(both)."""
    at = 0
    for number, value in enumerate(some):
        while ids[at] < value:
            at += 1
        codes[number] = at


@compiled
def reverse_codes(codes: Ints, reverse: Ints) -> None:
    """reverse[codes[i]] = i; -1 elsewhere."""
    for code in range(len(reverse)):
        reverse[code] = NONE
    for number, code in enumerate(codes):
        reverse[code] = number


@compiled
def count_touching(t_in: Ints, t_out: Ints, since: int, until: int) -> int:
    """How many stays overlap or touch a span on their shelf's clock."""
    n = 0
    for row in range(len(t_in)):
        n += t_in[row] <= until and t_out[row] >= since
    return n


@compiled
def mark_joined(view: View, other: View, span: tuple[int, int], joined: Flags, other_joined: Flags) -> None:
    """Mark the stays of two shelves that overlap or touch one of the same subject and place on the other.

    Only rows of `view` that overlap or touch `span` (calendar, the other shelf's) are looked up, each among the stays of its
    subject over there; the caller takes the shelf with fewer such rows.
    """
    place_offset, subject, t_in, t_out = view.place_offset, view.subject, view.t_in, view.t_out
    their_offset, postings, their_in, their_out = other.subject_offset, other.postings, other.t_in, other.t_out
    since, until, shift = span[0] - view.base, span[1] - view.base, view.base - other.base
    for place in range(len(place_offset) - 1):
        spot = np.int64(view.place_to[place]) if len(view.place_to) else np.int64(place)
        spot = np.int64(other.place_from[spot]) if len(other.place_from) else spot
        if spot < 0:
            continue
        for row in range(place_offset[place], place_offset[place + 1]):
            if t_in[row] > until or t_out[row] < since:
                continue
            code = np.int64(subject[row])
            code = np.int64(view.subject_to[code]) if len(view.subject_to) else code
            code = np.int64(other.subject_from[code]) if len(other.subject_from) else code
            if code < 0:
                continue
            start, end = t_in[row] + shift, t_out[row] + shift
            for at in range(their_offset[code], their_offset[code + 1]):
                theirs = postings[at, 0]
                if postings[at, 1] == spot and their_in[theirs] <= end and their_out[theirs] >= start:
                    joined[row] = other_joined[theirs] = True
