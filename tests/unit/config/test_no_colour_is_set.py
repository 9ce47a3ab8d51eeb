"""No request sets a colour: not by a form, not by the API, not by a view that reads the request, nor by a line of code."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django import forms

import lianfang.apps
from lianfang.apps.healthcode.forms import CodeFilterForm
from lianfang.apps.healthcode.models import CurrentCode
from lianfang.config.api import api
from lianfang.rules.vocabulary import Colour

SOURCE = Path(lianfang.apps.__file__).parents[1]
NAMES = {"colour", "color", "colours", "code_colour", "health_code"}
COLOURS = {colour.value for colour in Colour}
# Asks which codes are listed; it is read from the address of a GET and changes nothing.
FILTERS = {CodeFilterForm}


def every_form(of: type = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for found in of.__subclasses__():
        yield found
        yield from every_form(found)


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_form_has_a_field_for_a_colour() -> None:
    for module in pkgutil.walk_packages(lianfang.apps.__path__, "lianfang.apps."):
        if module.name.rpartition(".")[2].endswith("forms"):
            importlib.import_module(module.name)
    ours = [form for form in every_form() if form.__module__.startswith("lianfang.")]
    assert len(ours) > 40, "the walk found the forms"
    for form in set(ours) - FILTERS:
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]
            assert name not in NAMES, f"{form.__module__}.{form.__name__}.{name}"
            choices = getattr(field, "choices", None)
            values = {str(value) for value, _ in choices} if isinstance(choices, list) else set()
            assert not values >= COLOURS, f"{form.__module__}.{form.__name__}.{name} offers colours"


def asked_for(schema: Any, found: set[str]) -> set[str]:
    """Return every name and every listed value in a part of the API's schema."""
    if isinstance(schema, dict):
        found |= set(schema.get("properties", {})) | {str(each) for each in schema.get("enum", ())}
        found |= {schema["name"]} if isinstance(schema.get("name"), str) else set()
        for value in schema.values():
            asked_for(value, found)
    elif isinstance(schema, list):
        for value in schema:
            asked_for(value, found)
    return found


def test_no_operation_of_the_api_takes_a_colour() -> None:
    schema = api.get_openapi_schema()
    known = schema["components"]["schemas"]

    def resolved(part: Any, seen: frozenset[str] = frozenset()) -> Any:
        if isinstance(part, dict) and "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            return {} if name in seen else resolved(known[name], seen | {name})
        if isinstance(part, dict):
            return {key: resolved(value, seen) for key, value in part.items()}
        return [resolved(each, seen) for each in part] if isinstance(part, list) else part

    n = 0
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in {"post", "put", "patch", "delete"}:
                n += 1
                given = asked_for(resolved([operation.get("requestBody", {}), operation.get("parameters", [])]), set())
                assert not given & (NAMES | {"red"}), f"{method} {address}"
    assert n > 5, "the walk found the operations"


def test_no_view_reads_a_colour_from_a_request() -> None:
    for path, tree in sources():
        for node in ast.walk(tree):
            text = ast.unparse(node) if isinstance(node, ast.Call | ast.Subscript) else ""
            if "request.POST" in text or "request.body" in text:
                said = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
                assert not said & NAMES, f"{path}: {text}"


def test_no_code_writes_a_persons_code() -> None:
    writing = {"create", "update", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "save", "delete"}
    table = CurrentCode._meta.db_table
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writing:
                assert "CurrentCode" not in ast.unparse(node.func), f"{path}:{node.lineno}"
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "CurrentCode":
                raise AssertionError(f"{path}:{node.lineno} makes a code")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and table in node.value:
                words = node.value.upper()
                assert not any(each in words for each in ("INSERT", "UPDATE", "DELETE")), f"{path}:{node.lineno}"
