"""Overlapping pools: each sample in several pools, and who must be positive given which pools reacted.

COMP and DD after Aldridge, Baldassini and Johnson, IEEE Trans. Inf. Theory 60 (2014) 3671; `smallest` is their "smallest
satisfying set". Designs: shifted transversal, Thierry-Mieg, BMC Bioinformatics 7 (2006) 28.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

LARGEST_SEARCH = 2_000_000  # candidate sets that the exact search looks at before it gives up


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples by index: surely positive, possibly so (to be tested singly), the rest are negative.

    `unexplained`: pools that reacted though none of their members can be positive: an error of some test.
    """

    definite: tuple[int, ...]
    possible: tuple[int, ...]
    unexplained: tuple[int, ...]


def decode(pools: Sequence[Sequence[int]], reacted: Sequence[bool]) -> Decoded:
    """COMP and DD, for faultless tests. pools: members' indices of each pool; reacted: whether each did. Raises ValueError.

    A member of a pool that did not react is negative (COMP). Who is the only candidate left of one that did is positive.
    """
    if len(pools) != len(reacted):
        raise ValueError(f"{len(pools)} pools, {len(reacted)} results")
    cleared = {member for pool, hit in zip(pools, reacted, strict=True) if not hit for member in pool}
    candidates = {member for pool in pools for member in pool} - cleared
    left = [
        (number, [member for member in pool if member in candidates])
        for number, (pool, hit) in enumerate(zip(pools, reacted, strict=True))
        if hit
    ]
    definite = {members[0] for _, members in left if len(members) == 1}
    return Decoded(
        definite=tuple(sorted(definite)),
        possible=tuple(sorted(candidates - definite)),
        unexplained=tuple(number for number, members in left if not members),
    )


def smallest(pools: Sequence[Sequence[int]], reacted: Sequence[bool], most: int) -> tuple[tuple[int, ...], ...]:
    """All smallest sets of positives, up to `most` of them, that explain every reaction; () when none does.

    More than one: the pools do not tell them apart, and their members are tested singly. Raises ValueError when the
    search would be too long: test the candidates singly instead.
    """
    first = decode(pools, reacted)
    if first.unexplained:
        return ()
    known = set(first.definite)
    open_pools = [set(pool) for pool, hit in zip(pools, reacted, strict=True) if hit and not known.intersection(pool)]
    looked = 0
    for extra in range(max(most - len(known), -1) + 1):
        found = []
        for added in combinations(first.possible, extra):
            looked += 1
            if looked > LARGEST_SEARCH:
                raise ValueError("too many candidates to search")
            if all(pool.intersection(added) for pool in open_pools):
                found.append(tuple(sorted({*known, *added})))
        if found:
            return tuple(found)
    return ()


def shifted_transversal(samples: int, prime: int, layers: int) -> tuple[tuple[int, ...], ...]:
    """Pools of the shifted transversal design: `layers` times `prime` pools, each sample once in every layer.

    Any two samples share few pools, so that a handful of positives is told apart. Raises ValueError.
    """
    if prime < 2 or any(prime % divisor == 0 for divisor in range(2, int(prime**0.5) + 1)):
        raise ValueError("prime must be a prime number")
    if not 1 <= layers <= prime + 1:
        raise ValueError("layers must lie between 1 and prime + 1")
    digits = 1
    while prime**digits < samples:
        digits += 1
    pools: list[list[int]] = [[] for _ in range(layers * prime)]
    for sample in range(samples):
        powers = [sample // prime**power for power in range(digits)]
        for layer in range(layers):
            shift = powers[-1] if layer == prime else sum(value * layer**power for power, value in enumerate(powers))
            pools[layer * prime + shift % prime].append(sample)
    return tuple(tuple(pool) for pool in pools)
