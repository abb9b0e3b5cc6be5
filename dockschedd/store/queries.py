"""The queries of queries.sql by their names.

Each is kept in both forms: with `:name` for SQLite, with `$1` for PostgreSQL.
No other module of the store contains SQL on the tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

#: What a colon must not be looked for in, and then a parameter. A cast `::` is no parameter.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: | :(?P<name>[a-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One query in both forms."""

    name: str
    #: For SQLite: parameters are `:name`.
    named: str
    #: For PostgreSQL: parameters are `$1`, in the order of `parameters`.
    numbered: str
    parameters: tuple[str, ...]

    def arguments(self, values: Mapping[str, T]) -> tuple[T, ...]:
        """Return the values in the order of the numbered form."""
        return tuple(values[name] for name in self.parameters)


def number(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return the SQL with `$1` in place of `:name`, and the names in order of their numbers.

    Strings, quoted names, comments and casts stay as they are; a name that occurs twice
    has one number.
    """
    numbers: dict[str, int] = {}

    def replaced(token: re.Match[str]) -> str:
        name = token["name"]
        if name is None:
            return token[0]
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _TOKEN.sub(replaced, sql), tuple(numbers)


def parse(text: str) -> dict[str, Query]:
    """Return the queries of a file; comments stay in the file.

    Raises ValueError when a name occurs twice.
    """
    _, *pieces = _NAME.split(text)
    queries: dict[str, Query] = {}
    for name, piece in zip(pieces[::2], pieces[1::2], strict=True):
        if name in queries:
            raise ValueError(f"there are two queries `{name}`")
        lines = (line for line in piece.splitlines() if not line.startswith("--"))
        named = "\n".join(lines).strip().removesuffix(";")
        numbered, parameters = number(named)
        queries[name] = Query(name=name, named=named, numbered=numbered, parameters=parameters)
    return queries


QUERIES: Final = parse(Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"))
