"""What is offered to complete a field of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.suggester import Suggester

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Offer(Suggester):
    """Offers the first word that begins as the last one that is being written."""

    def __init__(self, words: Callable[[], Iterable[str]], *, several: bool = False) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = words
        self._several = several

    async def get_suggestion(self, value: str) -> str | None:
        """Return the whole text with the word completed."""
        return offered(value, self._words(), several=self._several)


def offered(text: str, words: Iterable[str], *, several: bool = False) -> str | None:
    """Return the text with its last word completed; None where nothing begins so. Pure."""
    before, comma, last = text.rpartition(",") if several else ("", "", text)
    blank = " " * (len(last) - len(last.lstrip())) if several else ""
    start = last.lstrip() if several else last
    if not start:
        return None
    for word in words:
        if word.casefold().startswith(start.casefold()) and len(word) > len(start):
            return f"{before}{comma}{blank}{word}"
    return None


def selectors(stacks: Iterable[str], groups: Iterable[str] = ()) -> list[str]:
    """Return what a selector may be: stacks with and without their host, hosts, groups. Pure."""
    full = sorted(stacks)
    bare = [name.partition("/")[2] for name in full]
    hosts = sorted({name.partition("/")[0] for name in full})
    return [
        *full,
        *(name for name in bare if bare.count(name) == 1),
        *(f"{host}/*" for host in hosts),
        *(f"@{group}/*" for group in sorted(groups)),
    ]
