"""Refuse a Chinese catalogue that lacks a text the program says, or keeps one it no longer says.

Texts are those marked for gettext in Python and in templates, and the messages of domain errors, which are translated
where they are shown. ``--update`` adds the missing ones (to be filled in) and drops the unused.
"""

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "lianfang"
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}{lazy}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for lazy in ("", "_lazy")
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")

# A message's identity: context, singular, plural.
Key = tuple[str | None, str, str | None]
Found = dict[Key, list[str]]


def main() -> int:
    settings.configure(USE_I18N=True)
    used = texts_in_use()
    catalogue = read_catalogue()
    if "--update" in sys.argv:
        update(catalogue, used)
    complaints = [*missing(catalogue, used), *unused(catalogue, used), *unfinished(catalogue)]
    print("\n".join(complaints) if complaints else f"{len(used)} texts, all translated")
    return 1 if complaints else 0


def read_catalogue() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(
            locale="zh_Hans", project="lianfang", fuzzy=False, header_comment="# What the pages say, in Chinese."
        )
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def texts_in_use() -> Found:
    """Return every text with the places that say it."""
    found: Found = {}
    python = sorted(PACKAGE.rglob("*.py"))
    for file in python:
        collect(found, file, file.read_bytes())
    for file in sorted([*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.txt")]):
        marked = templatize(file.read_text(encoding="utf-8"), origin=str(file))
        # All but the marked texts is blanked out; indentation that is left would not be Python's.
        collect(found, file, "\n".join(line.strip() for line in marked.splitlines()).encode())
    trees = {file: ast.parse(file.read_bytes()) for file in python}
    errors = domain_errors(trees.values())
    for file, tree in trees.items():
        for line, text in error_messages(tree, errors):
            found.setdefault((None, text, None), []).append(f"{file.relative_to(ROOT)}:{line}")
    return found


def collect(found: Found, file: Path, source: bytes) -> None:
    for line, message, _comments, context in extract("python", io.BytesIO(source), keywords=KEYWORDS):
        singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
        found.setdefault((context, singular, plural), []).append(f"{file.relative_to(ROOT)}:{line}")


def domain_errors(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of DomainError and of all classes that descend from it."""
    parents = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"DomainError"}
    while grown := {name for name, bases in parents.items() if bases & known} - known:
        known |= grown
    return known


def error_messages(tree: ast.Module, errors: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the literal messages given to domain errors, where raised or in their own constructors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in errors:
            yield from literal(node)
        if isinstance(node, ast.ClassDef) and node.name in errors:
            for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
                    yield from literal(call)


def literal(call: ast.Call) -> Iterator[tuple[int, str]]:
    if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
        yield call.lineno, call.args[0].value


def key_of(message: Message) -> Key:
    if isinstance(message.id, str):
        return message.context, message.id, None
    singular, plural = message.id
    return message.context, singular, plural


def missing(catalogue: Catalog, used: Found) -> Iterator[str]:
    known = {key_of(message) for message in catalogue}
    for key, places in used.items():
        if key not in known:
            yield f"{places[0]}: not in the catalogue: {key[1]!r}"


def unused(catalogue: Catalog, used: Found) -> Iterator[str]:
    for message in catalogue:
        if message.id and key_of(message) not in used:
            yield f"no longer said: {message.id!r}"
    for text in catalogue.obsolete:
        yield f"obsolete entry: {text!r}"


def unfinished(catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        if not all(strings):
            yield f"not translated: {message.id!r}"
        elif message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        elif any(
            placeholders(text or "") != placeholders(key_of(message)[2] or key_of(message)[1]) for text in strings
        ):
            yield f"placeholders differ: {message.id!r}"


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def update(catalogue: Catalog, used: Found) -> None:
    known = {key_of(message): message for message in catalogue}
    for key, message in known.items():
        if message.id and key not in used:
            catalogue.delete(message.id, context=message.context)
    catalogue.obsolete.clear()
    for context, singular, plural in used.keys() - known.keys():
        catalogue.add(singular if plural is None else (singular, plural), context=context)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, omit_header=False, no_location=True)


if __name__ == "__main__":
    sys.exit(main())
