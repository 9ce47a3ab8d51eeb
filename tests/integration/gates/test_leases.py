"""A limit shared out among doors: together they never let in more, however long each is out of touch."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from lianfang.apps.gates import services
from lianfang.apps.gates.models import DoorLease
from lianfang.apps.gates.selectors import inside as inside_by_doors
from lianfang.apps.healthcode import keys
from lianfang.apps.places.selectors import place_ids
from lianfang.rules.lease import Held, places_for, share_of
from lianfang.wire import doors, snapshot
from lianfang.wire.doors import Batch, Clock
from lianfang.wire.keys import Algorithm, SigningKey
from lianfang.wire.leases import Lease, open_lease
from tests.support.case import Case

LIMIT = 20


def day_of(at: datetime) -> int:
    return (timezone.localdate(at) - date(1970, 1, 1)).days


@dataclass
class Door:
    """A door as `lianfang.gate` has it, no more of it than its count."""

    key: SigningKey
    inside: int = 0
    lease: Lease | None = None

    def cap(self, at: datetime) -> int:
        if self.lease is None:
            return 0
        return self.lease.places if self.lease.day == day_of(at) else self.lease.kept

    def reports(self, at: datetime, *, hears: bool) -> None:
        number = self.lease.number if self.lease else 0
        batch = Batch(self.key.kid.decode(), Clock(0, b"boot0001", 0), self.inside, number, ())
        taken = services.take(content=doors.sign_batch(batch, self.key), at=at)
        if hears:
            self.lease = open_lease(taken.lease, snapshot.root_of(keys.root_key().public()))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_doors_never_let_in_more_than_the_limit_together(case: Case, seed: int) -> None:
    at, chance = timezone.localtime(case.now).replace(hour=12), random.Random(seed)
    found = [Door(SigningKey.made(f"door-{n}".encode(), Algorithm.EDDSA)) for n in range(3)]
    for door in found:
        services.enrol(code=door.key.kid.decode(), place_code="market", public=door.key.public(), at=at, by=None)
    place = int(place_ids(["market"])["id"][0])
    services.set_limit(place_id=place, limit=LIMIT)
    most = 0
    for step in range(90):
        if step == 60:  # the night: all counts begin anew, and one door is not heard of before it
            at += timedelta(days=1)
            for door in found:
                door.inside = 0
        door = chance.choice(found)
        door.reports(at, hears=chance.random() < 0.7)
        for _ in range(8):
            door = chance.choice(found)
            if chance.random() < 0.7:
                door.inside += door.inside < door.cap(at)
            elif sum(each.inside for each in found) > 0:
                door.inside -= 1
        total = sum(each.inside for each in found)
        assert total <= LIMIT
        most = max(most, total)
    assert most > LIMIT * 0.7, "room is not left unused"
    for door in found:
        door.reports(at, hears=True)
    assert inside_by_doors([place], since=at - timedelta(hours=1))[place].inside == total
    assert DoorLease.objects.count() == 3
    broken, *others = found
    services.withdraw(code=broken.key.kid.decode(), at=at, by=None)
    for door in others * 5:
        door.reports(at, hears=True)
        door.inside = max(door.inside, door.cap(at))
    total = sum(each.inside for each in found)
    assert total == LIMIT, "a door that died gives back its room once it is withdrawn, and who came in by it is inside"
    assert inside_by_doors([place], since=at - timedelta(hours=1))[place].inside <= LIMIT


def test_a_door_gets_half_of_what_is_left_and_all_of_it_alone() -> None:
    assert share_of(20, 3) == 6
    assert places_for(20, 4, []) == 20
    assert places_for(20, 4, [Held(6, 2)]) == 9
    assert places_for(20, 0, [Held(-5, -8)]) == 13, "who left by another door makes room"
    assert places_for(20, 4, [Held(6, 18)]) == 2, "staff let in more there: nobody may follow here"
