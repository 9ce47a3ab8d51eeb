"""``lianfang import``: what the operator types, what is printed where, and the exit codes."""

import argparse
import json
from pathlib import Path

import polars as pl
import pytest

from lianfang.apps.core.models import ImportJob, Subject
from lianfang.cli import imports
from lianfang.cli.imports import _Bar
from tests.integration.imports.cast import settle

pytestmark = pytest.mark.django_db

GOOD = "code,name,sex\nN1,王,男\nN2,李,女\n"
BAD = "code,name,sex\nN1,王,男\nN2,李,x\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def run(kind: str, path: Path, *options: str) -> int:
    parser = argparse.ArgumentParser()
    imports.add_parser(parser.add_subparsers())
    return imports.run(parser.parse_args(["import", kind, str(path), *options]))


def file(tmp_path: Path, content: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_is_stored_and_reconciled(tmp_path: Path, capsys) -> None:
    assert run("persons", file(tmp_path, GOOD)) == 0
    told = capsys.readouterr()
    assert told.out == "2 rows in = 2 stored + 0 duplicates + 0 rejected\n"
    assert "utf-8" in told.err
    job = ImportJob.objects.get()
    assert (job.status, job.rows_in, job.n_stored, job.by, job.filename) == ("done", 2, 2, None, "list.csv")
    assert run("persons", file(tmp_path, GOOD)) == 0
    assert capsys.readouterr().out == "2 rows in = 0 stored + 2 duplicates + 0 rejected\n"


def test_a_refused_file_stores_nothing_and_says_why(tmp_path: Path, capsys) -> None:
    rejects = tmp_path / "rejects.csv"
    assert run("persons", file(tmp_path, BAD), "--rejects", str(rejects)) == 5
    told = capsys.readouterr()
    assert told.out == "2 rows in, 1 rejected: nothing was stored\n"
    assert "line 3, sex: This is not one of the values this field can have." in told.err
    assert not Subject.objects.exists()
    assert rejects.read_text("utf-8-sig").splitlines()[0] == "line,field,reason,message,code,name,sex"
    assert pl.read_csv(rejects)["line"].to_list() == [3]
    assert rejects.stat().st_mode & 0o777 == 0o600
    assert ImportJob.objects.get().status == "refused"


def test_the_good_rows_are_kept_when_asked(tmp_path: Path, capsys) -> None:
    assert run("persons", file(tmp_path, BAD), "--keep-good", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["rows_in"], told["stored"], told["rejected"]) == ("done", 2, 1, 1)
    assert told["reasons"] == {"bad_choice": 1}
    assert told["rejects"] is None


def test_a_dry_run_stores_nothing(tmp_path: Path, capsys) -> None:
    assert run("persons", file(tmp_path, GOOD), "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "dry run"
    assert run("persons", file(tmp_path, BAD), "--dry-run") == 5
    assert not Subject.objects.exists()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("code,code\nN1,N2\n", [], "duplicate_column"),
        ("", [], "empty_file"),
        (GOOD, ["--map", "age=age"], "unknown_field"),
        (GOOD, ["--map", "phone=tel"], "unknown_column"),
        (GOOD, ["--zone", "Mars/Base"], "unknown_zone"),
        ("code,dob\nN1,01/02/2020\n", [], "ambiguous_dates"),
    ],
)
def test_a_file_or_option_that_is_wrong_as_a_whole_exits_2(
    tmp_path: Path, capsys, content: str, options: list[str], code: str
) -> None:
    assert run("persons", file(tmp_path, content), *options) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"[{code}]" in told.err
    assert ImportJob.objects.get().status == "refused"


def test_usage_is_told_before_anything_is_opened(tmp_path: Path, capsys) -> None:
    assert run("persons", tmp_path / "missing.csv") == 2
    assert run("persons", file(tmp_path, GOOD), "--map", "name") == 2
    assert "FIELD=COLUMN" in capsys.readouterr().err
    assert not ImportJob.objects.exists()


def test_columns_zone_dates_and_header_row_are_taken_as_said(tmp_path: Path, capsys) -> None:
    settle()
    titled = "出入登记\nwer,wo,von,bis\nP1,W1,10/12/2020 08:00,10/12/2020 09:00\n"
    columns = ["--map", "subject=wer", "--map", "place=wo", "--map", "t_in=von", "--map", "t_out=bis"]
    options = ["--header-row", "2", "--date-format", "dmy", "--zone", "Asia/Shanghai", "--json"]
    assert run("presences", file(tmp_path, titled), *columns, *options) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stored"], told["columns"]["t_in"]) == (1, ["von"])


def test_contacts_without_a_date_are_named_in_words(tmp_path: Path, capsys) -> None:
    settle()
    assert run("contacts", file(tmp_path, "from,to,note\nP1,P2,x\n")) == 0
    told = capsys.readouterr()
    assert "1 contact without a date: not traceable until dated" in told.out
    assert "columns not used: note" in told.err


class Terminal:
    """A stream that says it is one."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is held back."""


def test_the_bar_is_drawn_for_a_terminal() -> None:
    terminal = Terminal()
    bar = _Bar(terminal)
    bar(500, 1000, "reading")
    bar.close()
    assert terminal.text == f"\rreading  [{'#' * 15}{'.' * 15}] 500 of 1,000 rows\n"
