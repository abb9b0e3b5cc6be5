"""How a person wants to see a table: which rows, in which order, and which are marked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from typing import Self


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    #: Words that must all be somewhere in the row.
    words: tuple[str, ...] = ()
    #: Key of the column that is sorted by; "": as the daemon lists them.
    sort: str = ""
    reverse: bool = False
    marked: frozenset[str] = frozenset()

    def changed(self, **changes: object) -> Self:
        """Return the same with changes."""
        return msgspec.structs.replace(self, **changes)

    def sorted_by(self, key: str) -> Self:
        """Return the same sorted by a column; by the same one again, the other way round."""
        again = self.sort == key
        return self.changed(sort=key, reverse=again and not self.reverse)

    def matches(self, text: str) -> bool:
        """Return whether a text has all the words, in whatever case."""
        if not self.words:
            return True
        lower = text.lower()
        return all(word in lower for word in self.words)
