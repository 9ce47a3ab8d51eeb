import datetime as dt

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lianfang.apps.core import evidence, outbox
from lianfang.apps.core.models import Measure, Subject, Task, User, Verdict
from lianfang.apps.goods.models import Lot, LotLink
from lianfang.apps.lab import services as lab
from lianfang.apps.people.models import Person
from lianfang.apps.places.models import Place
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.rules.vocabulary import SpecimenResult

NOW = timezone.now().replace(microsecond=0)
V = "140826100005"


def user(name, role):
    return User.objects.create(username=name, display_name=name, role=role, area_code="140826")


def subject(kind, code):
    s = Subject.objects.create(kind=kind, code=code, label=code, area_code=V)
    if kind == "person":
        Person.objects.create(subject=s, name=code, area_code=V)
    if kind == "lot":
        Lot.objects.create(subject=s, product="shrimp", arrived_at=NOW - dt.timedelta(days=3))
    return s


def presence(rows):
    with connection.cursor() as c:
        days = {r[2].date() for r in rows}
        for d in days:
            c.execute(
                f"CREATE TABLE IF NOT EXISTS presence_{d:%Y%m%d} PARTITION OF places_presence FOR VALUES FROM ('{d} 00:00Z') TO ('{d + dt.timedelta(days=1)} 00:00Z')"
            )
        with transaction.atomic():
            b = evidence.open_batch(kind="presences", source="test", at=NOW, by=None)
            for s, p, i, o in rows:
                c.execute("INSERT INTO places_presence VALUES (%s,%s,%s,%s,%s)", [s.pk, p.pk, i, o, b.pk])
            evidence.record_batch(b, [])
    return b


@pytest.mark.django_db(transaction=True)
def test_loop():
    tech, signer = user("t", "laboratory"), user("s", "laboratory")
    lot, sub = subject("lot", "L1"), subject("lot", "L1-a")
    wang, child, mate, shopper, stall = (subject("person", n) for n in ("wang", "child", "mate", "shopper", "stall"))
    cold = Place.objects.create(code="cold", kind="cold_room", name="cold", area_code=V)
    hand = Place.objects.create(code="hand", kind="contact", name="hand", area_code=V)
    hand2 = Place.objects.create(code="hand2", kind="contact", name="hand2", area_code=V)
    home = Place.objects.create(code="home", kind="household", name="home", area_code=V)
    cls = Place.objects.create(code="cls", kind="classroom", name="cls", area_code=V)
    h = lambda n: NOW - dt.timedelta(hours=n)
    b = presence(
        [
            (lot, cold, h(60), h(1)),
            (lot, hand, h(50), h(49)),
            (wang, hand, h(50), h(49)),
            (wang, home, h(40), h(30)),
            (child, home, h(40), h(30)),
            (child, cls, h(28), h(24)),
            (mate, cls, h(28), h(24)),
            (sub, hand2, h(20), h(19)),
            (stall, hand2, h(20), h(19)),
        ]
    )
    LotLink.objects.create(source=lot, target=sub, at=h(22), kind="split", batch=b)
    sp = lab.register_specimen(code="T1", subject=lot, collected_at=h(2), at=NOW, by=tech)
    lab.record_result(specimen_id=sp.pk, value=SpecimenResult.POSITIVE, at=NOW, by=tech)
    lab.sign_result(specimen_id=sp.pk, at=NOW, by=signer)
    outbox.deliver_pending()
    inv = Investigation.objects.get()
    got = {
        (e.subject.code, e.direction): (e.generation, e.exposure_class)
        for e in Exposure.objects.filter(run=inv.current_run)
    }
    print(got, inv.current_run.stats)
    for m in Measure.objects.all():
        print(m.subject.code, m.kind, m.starts_at, m.ends_at, m.tasks.count())
    print(Task.objects.count(), Verdict.objects.count())
    assert got["wang", "forward"] == (1, "close_contact")
    assert got["child", "forward"] == (2, "secondary_contact")
    assert got["stall", "forward"] == (1, "close_contact")
    assert got["L1-a", "forward"] == (1, "positive_lot")
    lab.annul_result(specimen_id=sp.pk, reason="mix-up", at=timezone.now(), by=signer)
    outbox.deliver_pending()
    inv.refresh_from_db()
    assert inv.status == "annulled"
    assert not Measure.objects.filter(ended_at=None).exists()
