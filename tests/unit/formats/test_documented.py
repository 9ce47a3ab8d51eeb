"""docs/imports.md names every field, every header name and every choice the import understands."""

from pathlib import Path

from lianfang.formats.fields import SPECS

DOCUMENT = Path(__file__).parents[3] / "docs" / "imports.md"


def test_every_field_alias_and_choice_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for spec in SPECS.values():
        section = text.split(f"## {spec.kind}\n")[1].split("\n## ")[0]
        for field in spec.fields:
            row = next(line for line in section.splitlines() if line.startswith(f"| `{field.name}`"))
            assert row.split("|")[3].strip() == ", ".join(field.aliases)
            assert all(word in section for word in field.choices)
