"""Whether the terminal is light or dark: it is asked, and not waited for.

The question goes out before Textual is imported, which takes longer than most answers. Behind it
goes one that every terminal answers, so that those that do not know the first are not waited for.
Without Textual: this runs before it, and what comes too late is kept from it (`deafened`).
"""

from __future__ import annotations

import os
import re
import select
import termios
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: OSC 11 asks for the colour of the background, DA1 for what terminal it is.
QUESTION: Final = b"\x1b]11;?\x1b\\\x1b[c"
#: Seconds after the question in which an answer is waited for.
PATIENCE: Final = 0.1
_COLOUR: Final = re.compile(
    rb"\x1b\]11;(?:rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})"
    rb"|#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2}))"
)
_LAST: Final = re.compile(rb"\x1b\[\?[0-9;]*c")
#: Terminals that write on the screen what they do not understand.
_MUTE: Final = frozenset({"", "dumb", "linux", "unknown"})
#: Of what each primary colour adds to how bright something looks (Rec. 601).
_WEIGHTS: Final = (0.299, 0.587, 0.114)


class Question:
    """What was asked of a terminal, and what it has answered by now."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._until = time.monotonic() + PATIENCE
        self._said = b""

    @property
    def is_open(self) -> bool:
        """Whether answers may still come."""
        return _LAST.search(self._said) is None

    def read(self) -> None:
        """Take what was answered; wait for it until the patience is over."""
        while self.is_open:
            rest = max(0.0, self._until - time.monotonic())
            ready, _, _ = select.select([self._source], [], [], rest)
            said = os.read(self._source, 1024) if ready else b""
            if not said:
                return
            self._said += said

    def is_light(self) -> bool | None:
        """Return whether the background is light; None where that was not answered."""
        return is_light(self._said)


@contextmanager
def asked(source: int, target: int, environ: Mapping[str, str]) -> Iterator[Question | None]:
    """Ask the terminal, and take its answers at the end; None: it is not one that is asked.

    Meanwhile what is typed is not shown; what was typed is lost.
    """
    if environ.get("TERM", "") in _MUTE or not (os.isatty(source) and os.isatty(target)):
        yield None
        return
    try:
        before = termios.tcgetattr(source)
        during = termios.tcgetattr(source)
        during[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(source, termios.TCSANOW, during)
    except termios.error:
        yield None
        return
    try:
        os.write(target, QUESTION)
        question = Question(source)
        yield question
        question.read()
    finally:
        with suppress(termios.error):
            termios.tcsetattr(source, termios.TCSANOW, before)


def is_light(said: bytes) -> bool | None:
    """Return whether a terminal that said so has a light background; None: it did not say."""
    found = _COLOUR.search(said)
    if found is None:
        return None
    parts = [int(each, 16) / (16 ** len(each) - 1) for each in found.groups() if each]
    brightness: float = sum(w * p for w, p in zip(_WEIGHTS, parts, strict=True))
    return brightness > 0.5  # noqa: PLR2004 (half)


class Late:
    """Takes answers that come too late out of what is typed, until the last one has come."""

    _ANSWER: Final = re.compile(r"\x1b?\]11;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b?\[\?[0-9;]*c")
    _BEGUN: Final = re.compile(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]*\x1b?)?)?)?|\[(?:\?[0-9;]*)?)$")

    def __init__(self) -> None:
        self._is_over = False
        self._held = ""

    def without(self, typed: str) -> str:
        """Return the same without answers; one that has only begun is kept for the next time.

        An escape alone is never kept: it is a key.
        """
        if self._is_over or not typed:
            return typed
        text, self._held = self._held + typed, ""
        self._is_over = any(f.group().endswith("c") for f in self._ANSWER.finditer(text))
        text = self._ANSWER.sub("", text)
        if not self._is_over and (begun := self._BEGUN.search(text)):
            text, self._held = text[: begun.start()], begun.group()
        return text
