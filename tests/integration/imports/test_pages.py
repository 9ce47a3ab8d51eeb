"""The import pages: allowed, wrong role, other area, bad input; from the file to the rejects."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianfang.apps.command import import_forms
from lianfang.apps.command.tasks import import_file
from lianfang.apps.core.models import AuditEvent, ImportJob, Role, Subject
from tests.support.staff import OTHER_COUNTY, signed_in, staff

pytestmark = pytest.mark.django_db

LIST = "编号,姓名,性别,联系电话\nN1,王小明,男,13800138000\nN2,李四,x,\n"
WANTED = {"column_code": "编号", "column_name": "姓名", "column_sex": "性别"}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def client() -> Client:
    return signed_in(staff(Role.EPIDEMIOLOGIST))


def hand_in(client: Client, content: str | bytes = LIST, *, name: str = "名单.csv", kind: str = "persons"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/imports/", {"kind": kind, "file": SimpleUploadedFile(name, data)})


def page_of(client: Client, content: str | bytes = LIST, **options: str) -> str:
    return hand_in(client, content, **options)["Location"]


def test_a_file_goes_from_upload_over_mapping_to_reconciliation_and_rejects(client: Client) -> None:
    page = page_of(client)
    shown = client.get(page).content.decode()
    assert "王小明" in shown
    assert '<option value="姓名" selected>' in shown
    job = ImportJob.objects.get()
    assert client.post(f"{page}start/", WANTED).status_code == 302
    assert "hx-trigger" in client.get(page, headers={"HX-Request": "true"}).content.decode()
    import_file(job_id=job.pk)
    shown = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in shown
    assert "<html" not in shown
    rejects = b"".join(client.get(f"{page}rejects.csv").streaming_content).decode("utf-8-sig")
    assert rejects.splitlines()[1].startswith("3,性别,bad_choice,")
    assert client.post(f"{page}start/", WANTED | {"keep_good": "on"}).status_code == 302
    import_file(job_id=job.pk)
    assert Subject.objects.get().code == "N1"
    assert client.get("/imports/").content.decode().count("名单.csv") == 1
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"import.previewed", "import.started", "import.rejects_read"} <= actions


def test_a_mapping_that_cannot_work_is_told_at_its_field(client: Client) -> None:
    page = page_of(client, "subject,place,进入时间,t_out\nP1,W1,2020-12-10 08:00,2020-12-10 09:00\n", kind="presences")
    columns = {f"column_{name}": name for name in ("subject", "place", "t_out")} | {"column_t_in": "进入时间"}
    refused = client.post(f"{page}start/", columns)
    assert refused.status_code == 422
    assert "“进入时间”" in refused.content.decode()
    assert "“t_in”" not in refused.content.decode()
    assert 'id="id_zone_error"' in refused.content.decode()
    assert ImportJob.objects.get().status == "waiting"
    assert client.post(f"{page}start/", columns | {"zone": "Asia/Shanghai"}).status_code == 302


def test_a_missing_required_column_is_told_at_its_field(client: Client) -> None:
    page = page_of(client, "code,what\nS1,shop\n", kind="places")
    refused = client.post(f"{page}start/", {"column_code": "code"})
    assert refused.status_code == 422
    assert 'id="id_column_kind_error"' in refused.content.decode()
    assert "“kind”" not in refused.content.decode()


def test_an_ambiguous_date_column_is_told_at_its_field(client: Client) -> None:
    page = page_of(client, "code,dob\nN1,01/02/1980\n")
    refused = client.post(f"{page}start/", {"column_code": "code", "column_birth_date": "dob"})
    assert refused.status_code == 422
    assert "01/02/1980" in refused.content.decode()
    assert (
        client.post(
            f"{page}start/", {"column_code": "code", "column_birth_date": "dob", "date_form": "dmy"}
        ).status_code
        == 302
    )


def test_what_is_no_table_is_told_and_can_be_thrown_away(client: Client) -> None:
    page = page_of(client, b"PK\x03\x04 nothing", name="a.xlsx")
    shown = client.get(page)
    assert shown.status_code == 200
    assert "a.xlsx" in shown.content.decode()
    assert client.post(f"{page}start/", {}).status_code == 422
    assert client.post(f"{page}discard/").status_code == 302
    assert not ImportJob.objects.exists()


def test_other_kinds_of_files_and_large_ones_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hand_in(client, name="a.pdf").status_code == 422
    monkeypatch.setattr(import_forms, "MAX_UPLOAD_BYTES", 10)
    assert hand_in(client).status_code == 422
    assert not ImportJob.objects.exists()


def test_another_header_row_shows_other_columns(client: Client) -> None:
    page = page_of(client, "场所名单\n场所编码,称呼\nS1,王记\n", kind="places")
    shown = client.post(f"{page}start/", {"header_row": "2"}).content.decode()
    assert '<option value="称呼">' in shown


def test_titles_above_the_header_are_looked_past_and_another_header_is_shown_before_it_is_imported(
    client: Client,
) -> None:
    page = page_of(client, "绛县\n场所名单,,\n场所编码,类型,名称\nS1,商店,王记\nS2,?,李记\n", kind="places")
    shown = client.get(page).content.decode()
    assert '<option value="场所编码" selected>' in shown
    assert '<input type="hidden" name="shown_header_row" value="3"' in shown
    chosen = {"column_code": "", "column_kind": "", "header_row": "1", "shown_header_row": "3", "keep_good": "on"}
    again = client.post(f"{page}start/", chosen)
    assert again.status_code == 200
    assert '<option value="绛县">' in again.content.decode()
    assert ImportJob.objects.get().status == "waiting"
    columns = {"column_code": "场所编码", "column_kind": "类型", "column_name": "名称"}
    assert client.post(f"{page}start/", chosen | columns | {"header_row": "3"}).status_code == 302
    import_file(job_id=ImportJob.objects.get().pk)
    assert (ImportJob.objects.get().n_stored, ImportJob.objects.get().n_rejected) == (1, 1)


def test_a_file_of_which_nothing_was_stored_stays(client: Client) -> None:
    page = page_of(client, "code,sex\nN1,x\n")
    client.post(f"{page}start/", {"column_code": "code", "column_sex": "sex", "keep_good": "on"})
    import_file(job_id=ImportJob.objects.get().pk)
    job = ImportJob.objects.get()
    assert (job.status, Path(job.upload.path).exists()) == ("refused", True)


def test_starting_twice_is_a_conflict_and_the_same_file_is_recognised(client: Client) -> None:
    page = page_of(client, "code\nN1\n")
    client.post(f"{page}start/", {"column_code": "code"})
    assert client.post(f"{page}discard/").status_code == 409
    import_file(job_id=ImportJob.objects.get().pk)
    again = client.get(page_of(client, "code\nN1\n")).content.decode()
    assert page in again


@pytest.mark.parametrize("role", [Role.COMMUNITY, Role.LABORATORY, Role.ADMINISTRATOR])
def test_other_roles_may_not_import(role: str) -> None:
    client = signed_in(staff(role))
    assert client.get("/imports/").status_code == 403
    assert hand_in(client).status_code == 403


def test_another_county_sees_nothing_of_it(client: Client) -> None:
    page = page_of(client)
    stranger = signed_in(staff(Role.EPIDEMIOLOGIST, area_code=OTHER_COUNTY))
    for call in (
        stranger.get(page),
        stranger.get(f"{page}rejects.csv"),
        stranger.post(f"{page}start/"),
        stranger.post(f"{page}discard/"),
    ):
        assert call.status_code == 404
    assert "名单.csv" not in stranger.get("/imports/").content.decode()
    assert client.get(f"{page}rejects.csv").status_code == 404


def test_who_is_not_signed_in_is_sent_to_the_login() -> None:
    assert Client().get("/imports/").status_code == 302
