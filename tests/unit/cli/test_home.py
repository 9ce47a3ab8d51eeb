"""The keys of an installation: made once, private, and never instead of given ones."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lianfang.cli.installation.home import SECRETS, home_dir, provide_secrets


def test_keys_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    first: dict[str, str] = {}
    assert provide_secrets(tmp_path, first) == list(SECRETS)
    texts = {name: Path(first[f"{name}_FILE"]).read_text(encoding="ascii").strip() for name in SECRETS}
    assert all(Path(path).stat().st_mode & 0o777 == 0o600 for path in first.values())
    again: dict[str, str] = {}
    assert provide_secrets(tmp_path, again) == []
    assert again == first
    assert len(set(texts.values())) == len(SECRETS)
    assert len(bytes.fromhex(texts["LIANFANG_IDENTITY_KEYS"])) == len(Fernet.generate_key()) // 4 * 3 - 1


@pytest.mark.parametrize("given", ["LIANFANG_SECRET_KEY", "LIANFANG_SECRET_KEY_FILE"])
def test_a_given_key_is_left_alone(tmp_path: Path, given: str) -> None:
    environ = {given: "given"}
    assert "LIANFANG_SECRET_KEY" not in provide_secrets(tmp_path, environ)
    assert not (tmp_path / "secrets" / "lianfang_secret_key").exists()
    assert environ[given] == "given"


def test_a_key_half_written_by_a_killed_start_is_made_anew(tmp_path: Path) -> None:
    partial = tmp_path / "secrets" / "lianfang_secret_key.part"
    partial.parent.mkdir()
    partial.write_text("cut sh", encoding="ascii")
    environ: dict[str, str] = {}
    provide_secrets(tmp_path, environ)
    assert len(Path(environ["LIANFANG_SECRET_KEY_FILE"]).read_text(encoding="ascii")) > 64
    assert not partial.exists()


def test_the_home_is_the_one_named_else_in_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIANFANG_HOME", str(tmp_path))
    assert home_dir() == tmp_path
    monkeypatch.delenv("LIANFANG_HOME")
    assert home_dir() == Path(__file__).parents[3] / "var"
