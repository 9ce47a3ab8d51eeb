"""Compiled closure over links, and how subjects were reached. Clock as in kernels_scan."""

from typing import NamedTuple

import numpy as np

from lianfang.trace.kernels_sort import Int32, Int64, compiled, inner

ROUND_SHIFT = 32
"""A rank is round << 32 | links followed in that round: which of two equal times was reached first."""


class LinkRows(NamedTuple):
    """Links among the subjects that have any, by what they lead from: nodes int64[N], their codes ascending; offset int64[N+1];
    to (a node), at int64[L].
    """

    nodes: Int64
    offset: Int64
    to: Int64
    at: Int64


class Labels(NamedTuple):
    """How subjects were reached: reach, rank int64[S], slot int32[S] (>= 0: an index)."""

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
def close_links(links: LinkRows, labels: Labels, begin: Int64, number: int) -> Int64:
    """Follow links from nodes newly reached in round `number` to the fixed point, changing reach and rank in place.

    A link reaches at max(reach, at), in the same round. Returns the codes reached earlier than before, in node order.
    """
    nodes, n, this_round = links.nodes, len(links.nodes), number << ROUND_SHIFT
    queue, waiting, improved = np.empty(n + 1, dtype=np.int64), np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    head, tail = 0, len(begin)
    for place, node in enumerate(begin):
        queue[place], waiting[node] = node, True
    while head != tail:
        node = queue[head]
        source = nodes[node]
        head = (head + 1) % (n + 1)
        waiting[node] = False
        for link in range(links.offset[node], links.offset[node + 1]):
            to, reach, rank = nodes[links.to[link]], max(labels.reach[source], links.at[link]), this_round
            settled = labels.slot[source] >= 0 or labels.rank[source] < this_round
            if reach == labels.reach[source] and not settled:
                rank = labels.rank[source] + 1
            better = reach < labels.reach[to] or (reach == labels.reach[to] and rank < labels.rank[to])
            if labels.slot[to] >= 0 or not better:
                continue
            improved[links.to[link]] |= reach < labels.reach[to]
            labels.reach[to], labels.rank[to] = reach, rank
            if not waiting[links.to[link]]:
                waiting[links.to[link]] = True
                queue[tail] = links.to[link]
                tail = (tail + 1) % (n + 1)
    found = np.empty(n, dtype=np.int64)
    n_found = 0
    for node in range(n):
        if improved[node]:
            found[n_found] = nodes[node]
            n_found += 1
    return found[:n_found]
