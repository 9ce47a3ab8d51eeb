"""Setting up a checkout: the decisions that need no download."""

from pathlib import Path

import pytest

from tools import bootstrap

NEEDED = "^20.19.0 || >=22.12.0"


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ((), False),
        ((18, 20, 4), False),
        ((20, 18, 9), False),
        ((20, 19, 0), True),
        ((21, 7, 3), False),
        ((22, 11, 9), False),
        ((22, 12, 0), True),
        ((24, 0, 0), True),
    ],
)
def test_a_node_fits_as_npm_would_say(version: tuple[int, ...], fits: bool) -> None:
    assert bootstrap.fits(version, NEEDED) is fits


def test_a_step_is_done_until_what_it_depends_on_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "stamps")
    source = tmp_path / "source"
    source.write_text("one", encoding="utf-8")
    assert not bootstrap.is_done("step", [source])
    bootstrap.done("step", [source])
    assert bootstrap.is_done("step", [source])
    assert not bootstrap.is_done("step", [source], "and more")
    source.write_text("two", encoding="utf-8")
    assert not bootstrap.is_done("step", [source])


def test_a_failed_command_shows_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(bootstrap.SetupFailed, match=r"Step: .* failed"):
        bootstrap.execute("Step", ["/bin/sh", "-c", "echo the reason; exit 3"])
    assert "the reason" in capsys.readouterr().err


@pytest.mark.parametrize("lock", sorted((bootstrap.ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_locks_carry_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
    assert pinned
    assert all(line.endswith("\\") for line in pinned), "every version is followed by its hashes"


def test_the_front_ends_lock_names_no_registry() -> None:
    text = (bootstrap.FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text
