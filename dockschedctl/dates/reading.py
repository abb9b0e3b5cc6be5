"""Dates and ranges as they are written: one of each in a word or a line, `#` begins a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl.failures import Usage
from dockschedd.wire import dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

LARGEST: Final = 10_000_000


class Wrong(Exception):
    """A text holds no dates that could be read; the faults, each with its line."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(said for _, said in faults))


def words(given: Iterable[str]) -> set[date]:
    """Return the dates of arguments. Raises Usage with all that is wrong."""
    found: set[date] = set()
    faults = []
    for word in given:
        try:
            found.update(dates.read(word))
        except ValueError as exc:
            faults.append(str(exc))
    if faults:
        raise refused(faults, hint=dates.HINT)
    return found


def text(written: str) -> set[date]:
    """Return the dates of plain text, one date or range a line. Raises Wrong."""
    found: set[date] = set()
    faults = []
    for number, line in enumerate(written.removeprefix("\ufeff").splitlines(), start=1):
        item = line.partition("#")[0].strip()
        if not item:
            continue
        try:
            found.update(dates.read(item))
        except ValueError as exc:
            faults.append((number, str(exc)))
    if faults:
        raise Wrong(faults)
    return found


def refused(faults: Sequence[str], *, hint: str | None = None) -> Usage:
    """Return the failure that tells all of the faults."""
    if len(faults) == 1:
        return Usage(faults[0], hint=hint)
    failure = Usage(f"{len(faults)} things are wrong with the dates", hint=hint)
    failure.details = tuple(faults)
    return failure
