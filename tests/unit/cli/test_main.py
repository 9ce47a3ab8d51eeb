"""The command as a whole: what it answers, and what it does not load."""

import subprocess
import sys

import pytest

from lianfang.cli.main import COMMANDS, main


def test_without_a_command_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(name in printed.err for name in COMMANDS)


@pytest.mark.parametrize("argv", [["nonsense"], ["run", "--port", "many"]])
def test_wrong_usage_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(argv)
    assert exit_.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"manage"}))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([name, "--help"])
    assert exit_.value.code == 0
    assert f"lianfang {name}" in capsys.readouterr().out


def test_trace_loads_neither_django_nor_a_database_driver() -> None:
    code = (
        "import sys; from lianfang.cli.main import _parser; _parser('trace');"
        "print([name for name in ('django', 'psycopg', 'procrastinate') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"
