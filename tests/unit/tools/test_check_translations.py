"""What the check of the catalogue finds, and what it complains about."""

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.utils.translation.template import templatize

from tools import check_translations as check

ERRORS = """
class DomainError(Exception): ...
class Refused(DomainError):
    def __init__(self):
        super().__init__("Refused by itself.")
class Deeper(Refused): ...
def act():
    raise Deeper("Refused where raised.")
    raise ValueError("not for users")
"""


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ('_("Save")', (None, "Save", None)),
        ('gettext_lazy("Save")', (None, "Save", None)),
        ('pgettext("verb", "Lot")', ("verb", "Lot", None)),
        ('ngettext("%(n)s lot", "%(n)s lots", n)', (None, "%(n)s lot", "%(n)s lots")),
        ("text", None),
    ],
)
def test_python_texts_are_found(source: str, key: check.Key | None) -> None:
    found: check.Found = {}
    check.collect(found, check.ROOT / "file.py", source.encode())
    assert list(found) == ([key] if key else [])


def test_template_texts_are_found_on_indented_lines() -> None:
    template = '<p>\n    {% translate "Save" %}\n  <b>{% blocktranslate %}{{ n }} lots{% endblocktranslate %}</b>\n</p>'
    found: check.Found = {}
    marked = "\n".join(line.strip() for line in templatize(template).splitlines())
    check.collect(found, check.ROOT / "page.html", marked.encode())
    assert set(found) == {(None, "Save", None), (None, "%(n)s lots", None)}


def test_messages_of_domain_errors_are_texts() -> None:
    tree = ast.parse(ERRORS)
    texts = {text for _, text in check.error_messages(tree, check.domain_errors([tree]))}
    assert texts == {"Refused by itself.", "Refused where raised."}


@pytest.mark.parametrize(
    ("string", "flags", "complaint"),
    [
        ("%(n)s 批", (), None),
        ("", (), "not translated"),
        ("%(n)s 批", ("fuzzy",), "fuzzy"),
        ("几批", (), "placeholders differ"),
    ],
)
def test_an_entry_is_finished_or_named(string: str, flags: tuple[str, ...], complaint: str | None) -> None:
    catalogue = Catalog(locale="zh_Hans")
    catalogue.add("%(n)s lots", string, flags=flags)
    complaints = list(check.unfinished(catalogue))
    assert [line.split(":")[0] for line in complaints] == ([complaint] if complaint else [])


def test_missing_and_unused_entries_are_named_and_update_mends_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CATALOGUE", tmp_path / "zh_Hans" / "django.po")
    catalogue = Catalog(locale="zh_Hans", fuzzy=False)
    catalogue.add("Gone", "不再")
    used: check.Found = {(None, "New", None): ["file.py:1"]}
    assert list(check.missing(catalogue, used)) == ["file.py:1: not in the catalogue: 'New'"]
    assert list(check.unused(catalogue, used)) == ["no longer said: 'Gone'"]
    check.update(catalogue, used)
    mended = check.read_catalogue()
    assert not [*check.missing(mended, used), *check.unused(mended, used)]
    assert list(check.unfinished(mended)) == ["not translated: 'New'"]
