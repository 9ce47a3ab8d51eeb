"""Facts and outcomes to canonical JSON and back, byte for byte."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any


class CodecError(ValueError):
    """Stored JSON does not have the shape of the type it is read as; the message names the place."""

    code = "rules.codec"


def to_plain(value: object) -> Any:
    """Dataclasses, enums, tuples and mappings as JSON values. Raises CodecError for anything else (floats too)."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    raise CodecError(f"{type(value).__name__} has no canonical form")


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8 as is."""
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@cache
def _names(of: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(of))


@cache
def _hints(of: type) -> dict[str, Any]:
    return typing.get_type_hints(of)


def from_plain(expected: Any, value: Any, path: str = "$") -> Any:
    """Read a JSON value as a type: the inverse of `to_plain`. Raises CodecError naming the place."""
    origin = typing.get_origin(expected)
    if origin in (types.UnionType, typing.Union):
        return _from_union(expected, value, path)
    if origin is tuple:
        return _from_tuple(typing.get_args(expected), value, path)
    if origin is not None and issubclass(origin, Mapping):
        return _from_mapping(typing.get_args(expected), value, path)
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        return _from_dataclass(expected, value, path)
    if isinstance(expected, type) and issubclass(expected, StrEnum) and isinstance(value, str):
        if value not in expected._value2member_map_:
            raise CodecError(f"{path}: {value!r} is no {expected.__name__}")
        return expected(value)
    if type(value) is not expected:
        raise CodecError(f"{path}: expected {getattr(expected, '__name__', expected)}, got {type(value).__name__}")
    return value


def _from_union(expected: Any, value: Any, path: str) -> Any:
    for member in typing.get_args(expected):
        if member is type(None):
            if value is None:
                return None
            continue
        try:
            return from_plain(member, value, path)
        except CodecError:
            continue
    raise CodecError(f"{path}: no member of {expected} fits")


def _from_tuple(members: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise CodecError(f"{path}: expected a list")
    if len(members) == 2 and members[1] is Ellipsis:
        members = (members[0],) * len(value)
    if len(members) != len(value):
        raise CodecError(f"{path}: expected {len(members)} items, got {len(value)}")
    return tuple(
        from_plain(member, item, f"{path}[{position}]")
        for position, (member, item) in enumerate(zip(members, value, strict=True))
    )


def _from_mapping(members: tuple[Any, ...], value: Any, path: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise CodecError(f"{path}: expected an object")
    return {
        from_plain(members[0], key, path): from_plain(members[1], item, f"{path}.{key}") for key, item in value.items()
    }


def _from_dataclass(expected: type, value: Any, path: str) -> Any:
    hints = _hints(expected)
    if not isinstance(value, dict) or set(value) != set(hints):
        raise CodecError(f"{path}: not the keys of {expected.__name__}")
    return expected(**{name: from_plain(hint, value[name], f"{path}.{name}") for name, hint in hints.items()})
