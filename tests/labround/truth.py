"""What is true of a round, kept outside the system, and what the database says of it at the end."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from lianfang.pooling.dilution import shift_milli

N_LABORATORIES = 3
OWN = "OWN-"


@dataclass(frozen=True)
class Plan:
    """A round. `every_s`: seconds of work between kills, `most_kills` in all; `lost_from_milli`: Ct the assay does not see."""

    people: int = 30_000
    positives: int = 20
    pool_size: int = 10
    phones: int = 6
    every_s: float = 15.0
    most_kills: int = 1_000
    seed: int = 1
    lost_from_milli: int = 40_000


@dataclass
class World:
    """Who is positive with which Ct, who is in which tube."""

    cts: dict[str, int]
    pools: dict[str, list[str]]
    lost_from_milli: int
    kills: dict[str, int] = field(default_factory=lambda: {"server": 0, "phone": 0})

    def ct_of(self, tube: str) -> int | None:
        """What an instrument finds in a tube, thousandths of a cycle; None: nothing."""
        if tube.startswith(OWN):
            found = self.cts.get(tube.removeprefix(OWN))
        else:
            members = self.pools[tube]
            cts = [self.cts[member] for member in members if member in self.cts]
            found = min(cts) + shift_milli(len(members)) if cts else None
        return found if found is not None and found < self.lost_from_milli else None


@dataclass(frozen=True)
class Bench:
    """One laboratory: its number and the sessions of its two persons."""

    laboratory: int
    technician: str
    signer: str


@dataclass(frozen=True)
class Accounts:
    """Those who take part. `lot`: the reagent of all plates."""

    sampler: str
    benches: Sequence[Bench]
    lot: int


def made_up(plan: Plan) -> World:
    """Draw the round: tubes, positives and their Ct."""
    stream = random.Random(plan.seed)
    people = [f"R{number:06d}" for number in range(plan.people)]
    positives = stream.sample(people, plan.positives)
    cts = {person: round(1000 * min(max(stream.gauss(28.0, 6.0), 12.0), 44.0)) for person in positives}
    spans = range(0, plan.people, plan.pool_size)
    pools = {f"TUBE{at // plan.pool_size:05d}": people[at : at + plan.pool_size] for at in spans}
    return World(cts, pools, plan.lost_from_milli)


def enter(world: World) -> Accounts:
    """Register persons, three laboratories, their staff and a lot of reagent; return their sessions."""
    from datetime import timedelta

    from django.utils import timezone

    from lianfang.apps.core.models import Role, Subject
    from lianfang.apps.lab.bench.services.lots import register_lot
    from tests.support.bench import KIT
    from tests.support.staff import VILLAGE, organisation, staff

    Subject.objects.bulk_create(
        [
            Subject(kind="person", code=code, label=code, area_code=VILLAGE)
            for members in world.pools.values() for code in members
        ], batch_size=5_000,
    )  # fmt: skip
    sampler = staff(Role.LABORATORY, username="sampler")
    benches = []
    for number in range(N_LABORATORIES):
        own = organisation(f"LAB{number}", "laboratory", "unit")
        pair = [
            staff(Role.LABORATORY, username=f"{name}{number}", organisation=own) for name in ("technician", "signer")
        ]
        benches.append(Bench(own.pk, _session(pair[0]), _session(pair[1])))
    now = timezone.now()
    lot = register_lot(kit=KIT, number="L-1", expires_on=(now + timedelta(days=90)).date(), at=now, by=sampler)
    return Accounts(_session(sampler), benches, lot.pk)


def _session(user: object) -> str:
    from tests.support.staff import signed_in

    value: str = signed_in(user).cookies["sessionid"].value  # type: ignore[arg-type]
    return value


def outcome(plan: Plan, world: World) -> dict[str, int]:
    """Compare what the database holds with the truth; the last EXPECTED_ZERO lines are to be 0."""
    from lianfang.apps.lab.bench.models import ReadWell, Run
    from lianfang.apps.lab.models import CustodyStep, Pool, PoolMember, PoolResult, Result, Specimen

    stored = dict[str, list[str]]()
    for tube, person in PoolMember.objects.values_list("pool__code", "subject__code"):
        stored.setdefault(tube, []).append(person)
    own = Specimen.objects.filter(membership__isnull=True)
    positives = set(
        Result.objects.filter(specimen__in=own, value="positive").values_list("specimen__subject__code", flat=True)
    )
    signed = PoolResult.objects.filter(status="final").values("pool").distinct().count()
    single = own.filter(results__status="final").count()
    received = CustodyStep.objects.filter(kind="received").values("specimen").distinct().count()
    tests = ReadWell.objects.filter(control="").count()
    return {
        "people": sum(map(len, stored.values())),
        "tubes tested": signed + single,
        "runs": Run.objects.count(),
        "runs whose controls failed by chance": Run.objects.filter(judgement__validity="invalid").count(),
        "tests used, repeats among them": tests,
        "positives found": len(positives),
        "not seen, explained by Ct and dilution": len(set(world.cts) - positives),
        "swabs lost or doubled": sum(sorted(stored.get(tube, [])) != sorted(members) for tube, members in world.pools.items()),
        "tubes not asked for": len(set(stored) - set(world.pools)),
        "tubes without a signed result": Pool.objects.count() - signed + own.count() - single,
        "tubes signed twice": PoolResult.objects.count() - signed + Result.objects.filter(specimen__in=own).count() - single,
        "swabs not received by a laboratory": plan.people + own.count() - received,
        "positives neither found nor explained": len(set(world.cts) - positives - _unseen(world)),
        "found without being positive": len(positives - set(world.cts)),
    }  # fmt: skip


EXPECTED_ZERO = 7


def _unseen(world: World) -> set[str]:
    """The positives whom the assay cannot see: in their shared tube, or in one of their own."""
    in_pools = {person for tube, members in world.pools.items() if world.ct_of(tube) is None for person in members}
    return {person for person in world.cts if person in in_pools or world.ct_of(OWN + person) is None}
