"""Where the apps get the rules' numbers: the edition in force at an instant, or the one that a stored verdict names."""

import ast
from pathlib import Path

import pytest

import lianfang

ROOT = Path(lianfang.__file__).parent
KEEPER = ROOT / "apps" / "core" / "profiles.py"
# What would give an edition that nobody put in force, or that no verdict rests on.
BYPASSES = {"load_profile", "load_builtin", "builtin_profiles", "PROFILE_EDITION"}
FILES = sorted(
    {*(ROOT / "apps").rglob("*.py"), *(ROOT / "config").glob("*.py")} - {KEEPER, ROOT / "config/settings.py"}
)


def names_in(file: Path) -> set[str]:
    """All names a file imports or asks an object for."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


def test_only_one_module_of_the_apps_chooses_an_edition() -> None:
    guilty = {str(file.relative_to(ROOT)): found for file in FILES if (found := names_in(file) & BYPASSES)}
    assert guilty == {}, "ask core.profiles.profile_in_force(at=...)"
    assert names_in(KEEPER) >= {"load_profile", "builtin_profiles", "PROFILE_EDITION"}, "the names are still right"


@pytest.mark.parametrize("text", ["from lianfang.rules.profile import load_builtin as x", "settings.PROFILE_EDITION"])
def test_a_bypass_is_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "app.py").write_text(text)
    assert names_in(tmp_path / "app.py") & BYPASSES
