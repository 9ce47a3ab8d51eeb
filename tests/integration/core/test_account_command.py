"""``lianfang account``: what the operator types and what is printed where."""

import argparse
import io
import json

import pytest

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.models import User
from lianfang.cli import accounts
from tests.support.staff import COUNTY, TOWNSHIP, organisation, staff

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    accounts.add_parser(parser.add_subparsers())
    accounts.run(parser.parse_args(["account", *arguments]))


def test_create_prints_the_password_once_on_stdout(capsys) -> None:
    run("create", "Wang", "--name", "王值班", "--role", "command")
    out, err = capsys.readouterr()
    username, password = out.split()
    user = User.objects.get(username="wang")
    assert username == "wang"
    assert user.check_password(password)
    assert user.area_code == COUNTY
    assert "must be changed" in err


def test_create_with_area_organisation_and_a_password_from_standard_input(capsys, monkeypatch) -> None:
    organisation("T-1", "township", "territory", TOWNSHIP)
    monkeypatch.setattr("sys.stdin", io.StringIO("twelve-apples\n"))
    more = ("--area", TOWNSHIP, "--organisation", "T-1", "--stdin")
    run("create", "li", "--name", "李网格", "--role", "community", *more)
    user = User.objects.get(username="li")
    assert user.check_password("twelve-apples")
    assert (user.area_code, user.organisation.code) == (TOWNSHIP, "T-1")
    assert capsys.readouterr().out == ""


def test_an_empty_password_is_refused_not_replaced(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(DomainError) as refused:
        run("create", "li", "--name", "李", "--role", "community", "--stdin")
    assert refused.value.code == "password_refused"


def test_passwd_gives_a_new_first_password(capsys) -> None:
    user = staff(username="wang")
    run("passwd", "WANG")
    password = capsys.readouterr().out.split()[1]
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password


def test_an_unknown_account_is_a_refusal_with_an_exit_code() -> None:
    with pytest.raises(DomainError) as refused:
        run("passwd", "nobody")
    assert (refused.value.code, refused.value.exit_code) == ("account_not_found", 3)


def test_list_prints_a_line_per_account(capsys) -> None:
    staff(username="li", is_active=False)
    staff(username="wang")
    run("list")
    assert capsys.readouterr().out.splitlines() == ["li\tcommand\t140826\tclosed", "wang\tcommand\t140826\t"]
    run("list", "--json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["username"], row["active"]) for row in rows] == [("li", False), ("wang", True)]
