"""Compiled answer to the commonest question, whom a few index subjects reached directly: one call from overlaps to rows.

Each call of a kernel from Python takes the tuples of arrays apart anew. For a few hundred overlaps that costs more than they do.
"""

import numpy as np

from lianfang.trace.kernels_edges import begin_groups, count_traced, group_edges
from lianfang.trace.kernels_links import Labels
from lianfang.trace.kernels_sort import NEVER, NONE, ORIGIN, Int32, Int64, Ints, compiled, order_by_time
from lianfang.trace.kernels_sums import Groups, Names, Stamps, Summary, name_of, sum_groups

WIDE = ("subject", "first", "last", "seconds", "union_seconds", "via_subject", "via_place")
NARROW = ("generation", "places", "sources")


@compiled
def rows_of_edges(
    edges: Ints, given: tuple[Labels, Names, Int64], scratch: tuple[Int64, Stamps], clock: tuple[int, int]
) -> tuple[Int64, Int32]:
    """The exposures that ungrouped edges from index subjects make: columns WIDE int64[7, K], NARROW int32[3, K], in their order.

    Args:    given: labels (reach is lowered and restored: NEVER for whoever is reached), names, ids of places. scratch: position
             int64[S], all -1 before and after; stamps. clock: sign, origin.
    """
    (labels, names, places), (position, stamps) = given, scratch
    found = np.empty(len(edges), dtype=np.int64)
    n = count_traced(edges, clock, (position, labels.reach), found, ORIGIN)
    traced, offset, none = np.empty(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int64)
    for at, code in enumerate(order_by_time(found[:n])):
        traced[at] = found[code]
    begin_groups(traced, position, offset)
    grouped, sums = np.empty_like(edges), np.empty((8, n), dtype=np.int64)
    group_edges(edges, ORIGIN, position, grouped)
    groups = Groups(traced, offset, grouped, clock[1], np.zeros(n + 1, dtype=np.int64), none, none)
    summary = Summary(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7])
    sum_groups(groups, (labels, names), stamps, (ORIGIN, n), (summary, clock[0]))
    wide, narrow = np.empty((7, n), dtype=np.int64), np.empty((3, n), dtype=np.int32)
    for at, k in enumerate(order_by_time(summary.first)):
        wide[0, at], wide[1, at], wide[2, at] = name_of(names, traced[k]), summary.first[k], summary.last[k]
        wide[3, at], wide[4, at] = summary.seconds[k], summary.union_seconds[k]
        wide[5, at], wide[6, at] = name_of(names, summary.via_subject[k]), places[summary.via_place[k]]
        narrow[0, at], narrow[1, at], narrow[2, at] = 1, summary.places[k], summary.sources[k]
        position[traced[k]], labels.reach[traced[k]] = NONE, NEVER
    return wide, narrow
