"""A county's presences with heavy-tailed places, by a seeded generator: the same numbers for every engine and run."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Stays(NamedTuple):
    """Presences as they arrive, day by day: int64[n] each, seconds from 0."""

    subject: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    t_in: npt.NDArray[np.int64]
    t_out: npt.NDArray[np.int64]


def county(people: int, days: int, seed: int) -> Stays:
    """Five stays a person and day: home, work, two visits to popular places, home. Homes of 2.65, a place per 15 people."""
    rng = np.random.default_rng(seed)
    n_places, n_homes = max(people // 15, 1), max(int(people / 2.65), 1)
    person = np.arange(people)
    home = n_places + rng.integers(0, n_homes, people)
    popularity = rng.zipf(1.3, n_places).clip(max=400).astype(float)
    popularity /= popularity.sum()
    work = rng.choice(n_places, people, p=popularity)
    parts = []
    for day in range(days):
        at = day * DAY
        leave, out = rng.integers(7 * HOUR, 9 * HOUR, people), rng.integers(16 * HOUR, 18 * HOUR, people)
        first, second = out + rng.integers(5 * MINUTE, HOUR, people), out + rng.integers(70 * MINUTE, 2 * HOUR, people)
        visits = rng.choice(n_places, (2, people), p=popularity)
        back = second + rng.integers(20 * MINUTE, 90 * MINUTE, people)
        for place, start, end in (
            (home, 0 * leave, leave),
            (work, leave + 20 * MINUTE, out),
            (visits[0], first, first + rng.integers(3 * MINUTE, 10 * MINUTE, people)),
            (visits[1], second, second + rng.integers(3 * MINUTE, 20 * MINUTE, people)),
            (home, back, back * 0 + DAY - MINUTE),
        ):
            parts.append((person, place, at + start, at + end))
    return Stays(*(np.concatenate([part[i] for part in parts]) for i in range(4)))
