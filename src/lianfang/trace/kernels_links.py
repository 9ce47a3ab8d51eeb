"""Compiled closure over links, and how subjects were reached. Time as in kernels_scan."""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_scan import ROUND_SHIFT
from lianfang.trace.kernels_sort import Int32, Int64, compiled, inner


class LinkRows(NamedTuple):
    """Links by what they lead from: offset int64[S+1], to, at int64[L]."""

    offset: Int64
    to: Int64
    at: Int64


class Labels(NamedTuple):
    """How subjects were reached: ids, reach, rank int64[S], slot int32[S] (>= 0: an index)."""

    ids: Int64
    reach: Int64
    rank: Int64
    slot: Int32


@inner
def may_precede(labels: Labels, source: int | np.int64, subject: int) -> bool:
    """Whether following a tie back from subject to source leads towards an index, never in a circle."""
    if labels.slot[source] >= 0 or labels.reach[source] < labels.reach[subject]:
        return True
    return bool(labels.reach[source] == labels.reach[subject] and labels.rank[source] < labels.rank[subject])


@compiled
def close_links(links: LinkRows, labels: Labels, subjects: Int64, number: int) -> None:
    """Follow links from the subjects newly reached in round `number` to the fixed point, changing reach and rank in place.

    A link reaches at max(reach, at), in the same round.
    """
    n, this_round = len(labels.ids), number << ROUND_SHIFT
    queue, waiting = np.empty(n + 1, dtype=np.int64), np.zeros(n, dtype=np.bool_)
    head, tail = 0, len(subjects)
    for at, subject in enumerate(subjects):
        queue[at], waiting[subject] = subject, True
    while head != tail:
        source = queue[head]
        head = (head + 1) % (n + 1)
        waiting[source] = False
        for link in range(links.offset[source], links.offset[source + 1]):
            to, reach, rank = links.to[link], max(labels.reach[source], links.at[link]), this_round
            settled = labels.slot[source] >= 0 or labels.rank[source] < this_round
            if reach == labels.reach[source] and not settled:
                rank = labels.rank[source] + 1
            better = reach < labels.reach[to] or (reach == labels.reach[to] and rank < labels.rank[to])
            if labels.slot[to] >= 0 or not better:
                continue
            labels.reach[to], labels.rank[to] = reach, rank
            if not waiting[to]:
                waiting[to] = True
                queue[tail] = to
                tail = (tail + 1) % (n + 1)
