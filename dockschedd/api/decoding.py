"""Requests in, wire structs out: bodies and query strings, read strictly.

Whatever is wrong names the field: `options.stop_timeout_seconds`. Nothing is guessed and
nothing unknown is ignored.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from dockschedd.api.problems import Refused
from dockschedd.core import suggest
from dockschedd.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Read = TypeVar("Read", bound=msgspec.Struct)

#: How msgspec words it: "Expected `int`, got `str` - at `$.options.x`".
_WHERE = re.compile(r"(?P<reason>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)


def body(data: bytes, decoder: msgspec.json.Decoder[Read]) -> Read:
    """Return the body. Raises Refused (`bad-json`, `bad-request`)."""
    if rb"\u0000" in data:
        raise Refused("bad-request", _nul(""))
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as exc:
        raise Refused("bad-request", _fault(exc, decoder.type)) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        fault = Fault(path="", code="bad-json", message=f"the body is not valid JSON: {exc}")
        raise Refused("bad-json", fault) from exc


def query(pairs: Sequence[tuple[str, str]], of: type[Read] | None) -> Read | None:
    """Return the query string's parameters; None where the operation has none.

    Raises Refused (`bad-request`) for unknown and repeated ones as well.
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in name + value:
            raise Refused("bad-request", _nul(name))
        if name in values:
            message = f"the parameter `{name}` is given twice"
            raise Refused("bad-request", Fault(path=name, code="repeated", message=message))
        values[name] = value
    if of is None:
        for name in values:
            raise Refused("bad-request", _unknown("", name, ()))
        return None
    try:
        return msgspec.convert(values, of, strict=False)
    except msgspec.ValidationError as exc:
        raise Refused("bad-request", _fault(exc, of)) from exc


def path(values: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variable parts of a path. Raises Refused (`bad-request`)."""
    for name, value in values.items():
        if "\0" in value:
            raise Refused("bad-request", _nul(name))
    return values


def _nul(where: str) -> Fault:
    # PostgreSQL cannot store it, and nothing that people name holds it.
    return Fault(path=where, code="nul", message="text must not hold the character NUL")


def _fault(exc: msgspec.ValidationError, of: type[msgspec.Struct]) -> Fault:
    found = _WHERE.fullmatch(str(exc))
    assert found is not None
    reason, path = found["reason"], (found["path"] or "").removeprefix(".")
    unknown = _UNKNOWN.fullmatch(reason)
    if unknown is not None:
        known = of.__struct_fields__ if not path else ()
        return _unknown(path, unknown["name"], known)
    missing = _MISSING.fullmatch(reason)
    if missing is not None:
        where = _join(path, missing["name"])
        return Fault(path=where, code="missing", message=f"`{where}` is missing")
    message = f"{reason[:1].lower()}{reason[1:]}"
    return Fault(path=path, code="wrong-type", message=message)


def _unknown(path: str, name: str, known: tuple[str, ...]) -> Fault:
    shown = _join(path, name[:100])
    near = suggest.closest(name[:100], known)
    return Fault(
        path=shown,
        code="unknown-field",
        message=f"there is no field `{shown}`",
        hint=f"did you mean `{near}`?" if near else None,
    )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
