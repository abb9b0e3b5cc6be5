"""What the repositories need from a database, and what every database owes them.

A connection here belongs to one transaction: its queries see what that transaction sees.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping, Sequence

T = TypeVar("T")

#: What a column can hold.
Value = str | int | None

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Row(Protocol):
    """One row of a result."""

    def __getitem__(self, column: str, /) -> Any:
        """Return the value of the column."""


class Connection(Protocol):
    """Named queries with named parameters; values that a query does not name are ignored.

    - Raises StoreError and nothing else.
    - Text that a database cannot hold is replaced as `storable` says.
    """

    async def fetch(self, query: str, /, **values: Value) -> Sequence[Row]:
        """Return all rows."""

    async def change(self, query: str, /, **values: Value) -> int:
        """Return how many rows were inserted, changed or deleted."""

    async def change_each(
        self, query: str, sets: Iterable[Mapping[str, Value]], /
    ) -> tuple[int, ...]:
        """Carry the query out once per set of values; return how many rows each changed."""


def storable(text: str) -> str:
    """Return the text as both databases can hold it.

    PostgreSQL has no NUL in a text and UTF-8 has no lone surrogate; either becomes U+FFFD.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def storables(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values with all text storable."""
    return {
        name: storable(value) if isinstance(value, str) else value
        for name, value in values.items()
    }


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` until it has ended, also when the caller is cancelled meanwhile.

    Raises CancelledError afterwards in that case: for the ends of transactions, which must
    not be left half done.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # seen: the cancellation is what the caller is told
    raise cancelled
