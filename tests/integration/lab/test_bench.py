"""The bench: plates, runs read and refused, failed controls, calls, a second signature, and what the database refuses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lianfang.apps.core import outbox
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.integrity import check_rows
from lianfang.apps.core.models import Measure, Role, User, Verdict
from lianfang.apps.lab import services as lab
from lianfang.apps.lab.bench import selectors
from lianfang.apps.lab.bench.models import Run, RunSignature, Well, WellCall
from lianfang.apps.lab.bench.services import lots, plates, pools, runs, signing
from lianfang.apps.lab.models import Awaited, PoolMember, PoolResult, Result, SamplingOrder, Specimen
from lianfang.apps.tracing.models import Investigation
from lianfang.apps.tracing.replay import outside_runs
from lianfang.formats.instruments.plates import PlateSize, positions
from lianfang.rules.profile_laboratory import ControlKind
from tests.support.bench import KIT, begun, file_of, read, received, sealed, shared
from tests.support.staff import OTHER_COUNTY, signed_in, staff

pytestmark = pytest.mark.django_db
NO_IC = {"ORF1ab": None, "N": None, "RNase P": None}
GREY = {"ORF1ab": 38.2, "N": None, "RNase P": 28.0}


@pytest.fixture
def technician() -> User:
    return staff(Role.LABORATORY, username="technician")


@pytest.fixture
def signer() -> User:
    return staff(Role.LABORATORY, username="signer")


def sign(run: Run, by: User, **set_aside: str) -> RunSignature:
    signature = signing.sign_run(run_id=run.pk, set_aside=set_aside, at=timezone.now(), by=by)
    outbox.deliver_pending()
    return signature


def waiting(by: User) -> list[str]:
    return [tube.code for tube in selectors.waiting(by=by, limit=50)]


def values() -> dict[str, tuple[str, str]]:
    return {each.specimen.code: (each.value, each.status) for each in Result.objects.select_related("specimen")}


def test_a_run_is_signed_by_another_and_a_positive_starts_the_main_loop(technician: User, signer: User) -> None:
    received("T1", "T2", "T3", by=technician)
    shared("P1", 2, technician)
    assert waiting(technician) == ["T1", "T2", "T3", "P1"]
    plate = sealed("PL-1", "T1", "T2", "T3", "P1", by=technician)
    assert waiting(technician) == []
    content = file_of(plate, positive=["T2"])
    run = read(plate, content, technician)
    assert run.n_rows == run.n_read == 8 * 3
    assert read(plate, content, technician) == run  # handed in again
    with pytest.raises(signing.SignerIsReader):
        sign(run, technician)
    signature = sign(run, signer, C01="bubble seen")  # T3
    assert sign(run, signer) == signature
    assert signature.n_signed == 3
    assert values() == {
        "T1": ("negative", "final"),
        "T2": ("positive", "final"),
        "P1/01": ("negative", "final"),
        "P1/02": ("negative", "final"),
    }
    assert Investigation.objects.get().index_subject.code == "of-T2"
    assert waiting(technician) == ["T3"]
    tally = outside_runs()
    assert (tally.mismatched, list(check_rows())) == (0, [])
    assert Verdict.objects.filter(kind__in=["judge_run", "call_specimen"]).count() == 1 + 4


def test_a_run_whose_controls_fail_releases_nothing_and_is_repeated(technician: User, signer: User) -> None:
    received("T1", by=technician)
    plate = sealed("PL-1", "T1", by=technician)
    negative = plate.wells.filter(control="negative").order_by("position")[0].position
    run = read(plate, file_of(plate, positive=["T1"], **{negative: GREY}), technician)
    assert run.judgement.validity == "invalid"
    assert run.judgement.verdict.reasons[0]["code"] == "QC-4"
    assert not Result.objects.exists()
    with pytest.raises(signing.RunInvalid):
        sign(run, signer)
    assert waiting(technician) == ["T1"]
    given = plates.NewPlate("PL-2", plates.PlateSize.SMALL, plate.lot)
    again = plates.repeat_plate(run=run, given=given, at=timezone.now(), by=technician)
    assert set(again.wells.values_list("position")) == set(plate.wells.values_list("position"))
    assert outside_runs().mismatched == 0


def test_grey_is_repeated_and_a_second_failure_is_collected_again(technician: User, signer: User) -> None:
    received("T1", "T2", by=technician)
    first = sealed("PL-1", "T1", "T2", by=technician)
    run = read(first, file_of(first, A01=GREY, B01=NO_IC), technician)
    assert list(WellCall.objects.values_list("call", flat=True)) == ["repeat", "repeat"]
    assert sign(run, signer).n_signed == 0
    second = sealed("PL-2", *waiting(technician), by=technician)
    sign(read(second, file_of(second, A01=GREY, B01=NO_IC), technician), signer)
    assert values() == {"T1": ("positive", "final"), "T2": ("indeterminate", "final")}
    assert SamplingOrder.objects.get().subject.code == "of-T2"
    assert outside_runs().mismatched == 0


def test_a_positive_shared_tube_holds_its_members_and_is_never_counted_twice(technician: User, signer: User) -> None:
    shared("P1", 3, technician)
    plate = sealed("PL-1", "P1", by=technician)
    sign(read(plate, file_of(plate, positive=["P1"]), technician), signer)
    assert Measure.objects.filter(ended_at__isnull=True).count() == 3
    assert PoolResult.objects.get().value == "positive"
    with pytest.raises(plates.TubeNotReady):
        plates.add_tube(plate_code=begun("PL-2", technician).code, tube_code="P1", at=timezone.now(), by=technician)


def test_what_was_signed_meanwhile_stays_as_it_is(technician: User, signer: User) -> None:
    received("T1", "T2", by=technician)
    plate = sealed("PL-1", "T1", "T2", by=technician)
    run = read(plate, file_of(plate), technician)
    lab.sign_result(specimen_id=Specimen.objects.get(code="T1").pk, at=timezone.now(), by=signer)
    assert sign(run, signer).n_signed == 1
    assert Result.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda text: text.replace(b",T1,", b",T2,"), {"other_sample"}),
        (lambda text: text.replace(b"T1,ORF1ab,UNKNOWN", b"T1,ORF1ab,NTC"), {"other_task"}),
        (lambda text: text.replace(b"A01,FALSE,T1", b"H12,FALSE,T1"), {"not_on_plate", "not_in_file"}),
    ],
    ids=["another tube", "a control", "another well"],
)
def test_a_file_of_another_plate_is_refused_with_every_difference(
    technician: User, change: Callable[[bytes], bytes], kinds: set[str]
) -> None:
    received("T1", by=technician)
    plate = sealed("PL-1", "T1", by=technician)
    with pytest.raises(runs.FileOfAnotherPlate) as refused:
        read(plate, change(file_of(plate)), technician)
    assert {each.kind.value for each in refused.value.mismatches} == kinds
    assert all(each.line or each.kind == "not_in_file" for each in refused.value.mismatches)
    assert not Run.objects.exists()


def test_rows_are_read_or_refused_with_line_and_reason(technician: User) -> None:
    received("T1", by=technician)
    plate = sealed("PL-1", "T1", by=technician)
    content = file_of(plate).replace(b"T1,N,UNKNOWN,FAM,Undetermined", b"T1,N,UNKNOWN,FAM,abc") + b"9,H12,FALSE,,,,,,\n"
    run = read(plate, content, technician)
    assert [(line, position, code) for line, position, code, _ in run.refused] == [
        (6, "A1" if b"A1," in content else "A01", "bad_ct"),
        (20, "H12", "empty_well"),
    ]
    assert run.n_rows == run.n_read + 2
    assert WellCall.objects.get().call == "repeat"  # a target is missing
    with pytest.raises(runs.FileUnreadable, match="cannot be read"):
        read(sealed("PL-2", "T1", by=technician), b"no table here", technician)


def test_refusals_at_the_bench(technician: User, signer: User) -> None:
    now = timezone.now()
    received("T1", by=technician)
    shared("P1", 2, technician)
    plate = begun("PL-1", technician)

    def refused(error: type[DomainError], tube: str, by: User = technician) -> None:
        with pytest.raises(error):
            plates.add_tube(plate_code="PL-1", tube_code=tube, at=now, by=by)

    refused(plates.TubeNotReady, "P1/01")  # a swab of a shared tube
    refused(DomainError, "nobody")
    refused(DomainError, "T1", staff(Role.LABORATORY, area_code=OTHER_COUNTY, username="elsewhere"))
    refused(DomainError, "T1", staff(Role.COMMUNITY, username="community"))
    with pytest.raises(plates.PlateIncomplete):
        plates.seal_plate(plate_code="PL-1", at=now, by=technician)
    plates.add_tube(plate_code="PL-1", tube_code="T1", at=now, by=technician)
    plates.empty_well(
        plate_code="PL-1", position=plate.wells.filter(control="weak_positive").get().position, at=now, by=technician
    )
    with pytest.raises(plates.PlateIncomplete):
        plates.seal_plate(plate_code="PL-1", at=now, by=technician)
    with pytest.raises(runs.PlateNotReady):
        read(plate, b"anything", technician)
    with pytest.raises(lots.LotExpired):
        lots.register_lot(kit=KIT, number="old", expires_on=(now - timedelta(days=2)).date(), at=now, by=technician)
    with pytest.raises(pools.NotDiluted):  # already on a plate, and nobody knows how many are positive
        pools.dilute(code="D1", tubes=["T1"], at=now, by=technician)
    plates.give_up_plate(plate_code="PL-1", at=now, by=technician)
    assert waiting(technician) == ["T1", "P1"]


def test_specimens_diluted_are_one_tube_and_pools_are_never_pooled_again(technician: User, signer: User) -> None:
    received("T0", "T1", "T2", by=technician)
    first = sealed("PL-0", "T0", by=technician)
    sign(read(first, file_of(first), technician), signer)  # that few are positive is known from results
    pool = pools.dilute(code="D1", tubes=["T1", "T2"], at=timezone.now(), by=technician)
    assert pools.dilute(code="D1", tubes=["T1", "T2"], at=timezone.now(), by=technician) == pool
    assert waiting(technician) == ["D1"]
    with pytest.raises(pools.NotDiluted, match="混样不得再混"):
        pools.dilute(code="D2", tubes=["T1", "T2"], at=timezone.now(), by=technician)
    member = pool.members.order_by("position")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolMember.objects.create(
            pool=pool, specimen=member.specimen, subject=member.subject, position=3, size_limit=10
        )
    plate = sealed("PL-1", "D1", by=technician)
    sign(read(plate, file_of(plate), technician), signer)
    assert values()["T1"] == ("negative", "final")


def test_pages_say_what_is_wrong_and_keep_everything(technician: User, signer: User) -> None:
    received("T1", "T2", by=technician)
    plate = sealed("PL-1", "T1", "T2", by=technician)
    assert Awaited.objects.count() == 2
    bench = signed_in(technician)
    wrong = SimpleUploadedFile("run.csv", file_of(plate).replace(b",T1,", b",T9,"))
    answer = bench.post("/bench/plates/PL-1/read/", {"file": wrong})
    assert answer.status_code == 422
    assert {(place, tuple(lines)) for place, _why, lines in answer.context["against"]} == {("A01", (5, 6, 7))}
    answer = bench.post("/bench/plates/PL-1/read/", {"file": SimpleUploadedFile("run.csv", b"nothing")})
    assert answer.status_code == 422
    right = SimpleUploadedFile("run.csv", file_of(plate))
    address = bench.post("/bench/plates/PL-1/read/", {"file": right}).headers["Location"]
    other = signed_in(signer)
    assert other.post(f"{address}sign/", {"aside": "A01"}).status_code == 422  # no reason
    assert other.post(f"{address}sign/", {"aside": "E12", "reason": "x"}).status_code == 422  # nothing is put forward
    assert not RunSignature.objects.exists()
    assert other.post(f"{address}sign/", {"aside": "A01", "reason": "bubble"}).status_code == 302
    assert values() == {"T2": ("negative", "final")}
    assert Awaited.objects.get().specimen.code == "T1"
    assert bytes(bench.get(f"{address}file/").content) == file_of(plate)
    far = signed_in(staff(Role.LABORATORY, area_code=OTHER_COUNTY, username="far"))
    assert {far.get(each).status_code for each in (address, "/bench/plates/PL-1/", f"{address}file/")} == {404}


def test_the_database_keeps_a_sealed_plate_and_a_tube_on_one_open_plate(technician: User) -> None:
    received("T1", by=technician)
    plate = sealed("PL-1", "T1", by=technician)
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        plate.wells.filter(position="A01").delete()
    other = begun("PL-2", technician)
    with pytest.raises(IntegrityError, match="bench_specimen_on_one_open_plate"), transaction.atomic():
        Well.objects.create(plate=other, position="C05", specimen=Specimen.objects.get(code="T1"))
    plates.give_up_plate(plate_code="PL-1", at=timezone.now(), by=technician)
    plates.add_tube(plate_code="PL-2", tube_code="T1", at=timezone.now(), by=technician)


@pytest.mark.django_db(transaction=True)
def test_two_sessions_put_one_tube_on_two_plates(technician: User) -> None:
    received("T1", by=technician)
    codes = [begun(f"PL-{number}", technician).code for number in range(4)]

    def add(code: str) -> bool:
        try:
            plates.add_tube(plate_code=code, tube_code="T1", at=timezone.now(), by=technician)
        except plates.TubeOnPlate:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as benches:
        assert sum(benches.map(add, codes)) == 1
    assert Well.objects.filter(specimen__isnull=False).count() == 1


def test_a_control_out_of_its_range_from_run_to_run_fails_the_run(technician: User) -> None:
    received("T1", "T2", by=technician)
    first = begun("PL-1", technician)
    free = [place for place in positions(PlateSize.SMALL) if place not in selectors.contents(first)][1:20]
    for place in free:
        plates.set_control(
            plate_code="PL-1", position=place, kind=ControlKind.WEAK_POSITIVE, at=timezone.now(), by=technician
        )
    plates.add_tube(plate_code="PL-1", tube_code="T1", at=timezone.now(), by=technician)
    plates.seal_plate(plate_code="PL-1", at=timezone.now(), by=technician)
    cts = {place: {"ORF1ab": 30 + n % 2 / 10, "N": 31 + n % 3 / 10, "RNase P": 29.0} for n, place in enumerate(free)}
    assert read(first, file_of(first, **cts), technician).judgement.validity != "invalid"
    second = sealed("PL-2", "T2", by=technician)
    weak = second.wells.get(control="weak_positive").position
    late = {"ORF1ab": 35.9, "N": 31.0, "RNase P": 29.0}  # within the kit's range, far outside the lot's
    run = read(second, file_of(second, **{weak: late}), technician)
    reasons = [(reason["code"], reason["params"].get("westgard")) for reason in run.judgement.verdict.reasons]
    assert run.judgement.validity == "invalid"
    assert ("WG-2", "1-3s") in reasons
    assert outside_runs().mismatched == 0
    client = signed_in(technician)
    page = client.get(f"/reagents/{run.lot_id}/").content.decode()
    assert page.count("lf-control-fine") == 2 * 20  # of both targets
    assert page.count('<g class="lf-control-rejected"') == 2
    assert ">1-3s" in page
    assert "+3 SD" in page
    assert client.get("/reagents/999999/").status_code == 404
