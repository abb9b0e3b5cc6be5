"""Wire values as JSON and YAML: the promise that scripts rely on.

JSON is the wire's own encoding, indented. YAML says the same in block style; it is written
here because importing a YAML library would cost more than most commands take.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_./+() -]*", re.ASCII)
#: What YAML 1.1 and 1.2 take for something else than text.
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def as_json(value: object) -> str:
    """Return the value as indented JSON with a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def pages_as_json(pages: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the pieces of one array of all items: together what `as_json` says of them."""
    begun = False
    for page in pages:
        if page:
            inside = as_json(page).removeprefix("[\n").removesuffix("\n]\n")
            yield f",\n{inside}" if begun else f"[\n{inside}"
            begun = True
    yield "\n]\n" if begun else as_json([])


def pages_as_yaml(pages: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the pieces of one sequence of all items: together what `as_yaml` says of them."""
    begun = False
    for page in pages:
        if page:
            yield as_yaml(page)
            begun = True
    if not begun:
        yield as_yaml([])


def as_json_line(value: object) -> str:
    """Return the value as JSON on one line."""
    return msgspec.json.encode(value).decode() + "\n"


def as_yaml(value: object) -> str:
    """Return the value as YAML in block style with a final newline."""
    return "\n".join(_block(msgspec.to_builtins(value))) + "\n"


def _block(value: Any) -> list[str]:
    match value:
        case Mapping() if value:
            return [line for key, item in value.items() for line in _entry(_text(str(key)), item)]
        case Sequence() if value and not isinstance(value, str):
            return [line for item in value for line in _item(item)]
        case _:
            return [_scalar(value)]


def _entry(key: str, value: Any) -> list[str]:
    lines = _block(value)
    if _nests(value):
        return [f"{key}:", *(f"  {line}" for line in lines)]
    return [f"{key}: {lines[0]}"]


def _item(value: Any) -> list[str]:
    first, *rest = _block(value)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _nests(value: Any) -> bool:
    return bool(value) and isinstance(value, (Mapping, Sequence)) and not isinstance(value, str)


def _scalar(value: Any) -> str:
    match value:
        case str():
            return _text(value)
        case float():
            return _float(value)
        case Mapping():
            return "{}"
        case Sequence():
            return "[]"
        case _:
            # null, true, false and whole numbers look as in JSON.
            return json.dumps(value)


def _float(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, e, exponent = text.partition("e")
    # YAML 1.1 takes 1e+16 for text.
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(" "):
        return value
    return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 (the BMP)
