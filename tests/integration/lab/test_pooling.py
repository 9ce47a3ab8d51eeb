"""Shared tubes: filling them, what their result means for each member, and what the database refuses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.models import Measure, Role, Subject, Task, User, Verdict
from lianfang.apps.core.verdicts import replays, text_of
from lianfang.apps.lab import services
from lianfang.apps.lab.custody import Move, move_tubes
from lianfang.apps.lab.models import Pool, PoolMember, Result, Specimen
from lianfang.apps.lab.pool_results import change_pool_result, record_pool_result, sign_pool_result
from lianfang.apps.lab.pooling import NotShared, PoolClosed, add_to_pool
from lianfang.apps.lab.selectors import results_of
from lianfang.rules.custody import Whereabouts
from lianfang.rules.vocabulary import SpecimenResult
from tests.support.staff import VILLAGE, staff

pytestmark = pytest.mark.django_db
POSITIVE, NEGATIVE = SpecimenResult.POSITIVE, SpecimenResult.NEGATIVE


@pytest.fixture
def technician() -> User:
    return staff(Role.LABORATORY, username="technician")


@pytest.fixture
def signer() -> User:
    return staff(Role.LABORATORY, username="signer")


def person(number: int, kind: str = "person") -> Subject:
    return Subject.objects.get_or_create(
        kind=kind, code=f"{kind}-{number}", defaults={"label": f"{number}", "area_code": VILLAGE}
    )[0]


def swab(by: User, number: int, tube: str = "P1", **fields: object) -> PoolMember:
    now = timezone.now()
    subject = fields.get("subject") or person(number)
    return add_to_pool(tube=tube, subject=subject, collected_at=now - timedelta(hours=1), at=now, by=by)  # type: ignore[arg-type]


def result(technician: User, signer: User, value: SpecimenResult, tube: str = "P1") -> None:
    now = timezone.now()
    record_pool_result(code=tube, value=value, at=now, by=technician)
    sign_pool_result(code=tube, at=now, by=signer, seen=value)
    outbox.deliver_pending()


def test_ten_swabs_fill_a_tube_and_each_is_there_once(technician: User) -> None:
    for number in range(10):
        swab(technician, number)
    assert swab(technician, 3).position == 4  # sent again
    with pytest.raises(NotShared, match="已满"):
        swab(technician, 10)
    codes = Specimen.objects.order_by("code").values_list("code", flat=True)
    assert list(codes) == [f"P1/{position:02d}" for position in range(1, 11)]


def test_goods_and_people_under_a_measure_have_tubes_of_their_own(technician: User) -> None:
    now = timezone.now()
    with pytest.raises(NotShared, match="仅人员"):
        swab(technician, 1, subject=person(1, "lot"))
    Measure.objects.create(
        kind="home_quarantine", subject=person(2), area_code=VILLAGE, starts_at=now, ends_at=None, ordered_at=now
    )
    with pytest.raises(NotShared, match="单采单检"):
        swab(technician, 2)
    assert not Pool.objects.exists()


def test_a_code_is_of_one_kind_of_tube(technician: User) -> None:
    swab(technician, 1)
    now = timezone.now()
    with pytest.raises(services.SpecimenCodeTaken):
        services.register_specimen(code="P1", subject=person(2), collected_at=now, at=now, by=technician)
    services.register_specimen(code="T1", subject=person(2), collected_at=now, at=now, by=technician)
    with pytest.raises(services.SpecimenCodeTaken):
        swab(technician, 3, tube="T1")


def test_nothing_is_added_to_a_tube_that_left(technician: User) -> None:
    swab(technician, 1)
    moved = move_tubes(codes=["P1"], move=Move(Whereabouts.PACKED), at=timezone.now(), by=technician)
    assert moved.moved == ["P1"]
    with pytest.raises(PoolClosed):
        swab(technician, 2)


def test_a_negative_tube_is_everybodys_negative_but_releases_nobody(technician: User, signer: User) -> None:
    for number in range(3):
        swab(technician, number)
    result(technician, signer, NEGATIVE)
    assert list(Result.objects.values_list("value", "status")) == [("negative", "final")] * 3
    assert results_of([person(1).pk]) == {}
    assert not Measure.objects.exists()


def test_a_positive_tube_keeps_everybody_apart_until_sampled_singly(technician: User, signer: User) -> None:
    for number in range(3):
        swab(technician, number)
    result(technician, signer, POSITIVE)
    assert set(Result.objects.values_list("value", flat=True)) == {"indeterminate"}
    standing = Measure.objects.filter(ended_at__isnull=True)
    assert {measure.subject.code for measure in standing} == {"person-0", "person-1", "person-2"}
    assert Task.objects.filter(measure__in=standing).exists()
    row = Verdict.objects.filter(kind="read_shared").first()
    assert row is not None
    assert replays()["read_shared"](row) == text_of(row)
    change_pool_result(code="P1", value=None, reason="tubes mixed up", at=timezone.now(), by=signer)
    assert not Measure.objects.filter(ended_at__isnull=True).exists()
    newest = Result.objects.filter(version=2).values_list("status", flat=True)
    assert list(newest) == ["annulled"] * 3


def test_the_second_person_signs_what_was_seen(technician: User, signer: User) -> None:
    swab(technician, 1)
    now = timezone.now()
    record_pool_result(code="P1", value=NEGATIVE, at=now, by=technician)
    with pytest.raises(services.SignerIsRecorder):
        sign_pool_result(code="P1", at=now, by=technician, seen=NEGATIVE)
    with pytest.raises(services.ResultChanged):
        sign_pool_result(code="P1", at=now, by=signer, seen=POSITIVE)
    assert not Result.objects.exists()


def test_the_database_refuses_an_overfull_tube(technician: User) -> None:
    member = swab(technician, 1)
    now = timezone.now()
    more = Specimen.objects.create(code="x", subject=person(2), collected_at=now, registered_at=now)
    row = {"pool": member.pool, "specimen": more, "subject": person(2)}
    with pytest.raises(IntegrityError, match="pool_not_overfull"), transaction.atomic():
        PoolMember.objects.create(**row, position=11, size_limit=10)
    PoolMember.objects.create(**row, position=11, size_limit=11)
    with pytest.raises(IntegrityError, match="pool_member_limit"):
        connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_two_phones_fill_one_tube(technician: User) -> None:
    subjects = [person(number) for number in range(14)]

    def add(subject: Subject) -> bool:
        try:
            swab(technician, 0, subject=subject)
        except NotShared:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as phones:
        added = list(phones.map(add, subjects))
    assert sum(added) == 10
    assert list(PoolMember.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 11))
