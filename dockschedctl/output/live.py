"""What moves on a terminal: runs that are waited for, and lists that are watched.

The picture is drawn in place, and only the lines that have changed are: nothing flickers, and a
slow line carries what is new. What stands still is not written here.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

#: Seconds between two looks at the lines.
_PAUSE: Final = 0.125
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
#: Terminals that know it show all that is between at once; others ignore it.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
#: A line that is too long is cut off by the terminal instead of taking two.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_TO_END_OF_LINE, _TO_END_OF_SCREEN = "\x1b[K", "\x1b[J"


@contextmanager
def shown(
    lines: Callable[[], Sequence[str]],
    *,
    file: TextIO,
    size: Callable[[], tuple[int, int]],
    keep: bool = False,
) -> Iterator[Callable[[], None]]:
    """Show the lines, asked for again several times a second, until the block ends.

    Yields what has them asked for at once.

    `size`: columns and rows of the terminal now. With `keep` the last picture stays, whole;
    without it nothing of it does. While the block runs, what is taller than the screen is cut off.
    """
    picture = Picture(file, size)
    over, alone = threading.Event(), threading.Lock()

    def look() -> None:
        with alone, suppress(OSError, ValueError):
            picture.draw(lines())

    def draw() -> None:
        while not over.wait(_PAUSE):
            look()

    drawing = threading.Thread(target=draw, daemon=True)
    picture.begin()
    try:
        look()
        drawing.start()
        yield look
    finally:
        over.set()
        if drawing.ident is not None:
            drawing.join()
        with suppress(OSError, ValueError):
            picture.end(lines() if keep else ())


class Picture:
    """Lines on a terminal, above the cursor, and how to make other lines of them."""

    def __init__(self, file: TextIO, size: Callable[[], tuple[int, int]]) -> None:
        self._file = file
        self._size = size
        self._fits: tuple[int, int] | None = None
        self._drawn: list[str] = []

    def begin(self) -> None:
        """Hide the cursor."""
        self._file.write(_HIDE_CURSOR)

    def draw(self, lines: Sequence[str]) -> None:
        """Let the terminal show the lines; nothing is written where it does."""
        size = self._size()
        wanted = _fitting(lines, size[1])
        if wanted == self._drawn and size == self._fits:
            return
        # A terminal that has another size has moved what stands there.
        text = self._changed(wanted) if size == self._fits else self._anew(wanted)
        self._file.write(f"{_BEGIN}{_NO_WRAP}{text}{_WRAP}{_END}")
        self._file.flush()
        self._fits, self._drawn = size, wanted

    def end(self, lines: Sequence[str]) -> None:
        """Leave the lines, whole, in place of the picture, with the cursor below."""
        self._file.write(f"{self._anew(lines)}{_SHOW_CURSOR}")
        self._file.flush()
        self._drawn = []

    def _anew(self, lines: Sequence[str]) -> str:
        return f"{self._up()}{_TO_END_OF_SCREEN}" + "".join(f"{line}\n" for line in lines)

    def _changed(self, lines: Sequence[str]) -> str:
        known = dict(enumerate(self._drawn))
        text = [self._up()]
        text += [
            "\n" if known.get(number) == line else f"{line}{_TO_END_OF_LINE}\n"
            for number, line in enumerate(lines)
        ]
        if len(lines) < len(self._drawn):
            text.append(_TO_END_OF_SCREEN)
        return "".join(text)

    def _up(self) -> str:
        return f"\r\x1b[{len(self._drawn)}A" if self._drawn else "\r"


def _fitting(lines: Sequence[str], rows: int) -> list[str]:
    """Return the lines, of too many the first and how many more there are."""
    room = max(rows - 1, 1)
    if len(lines) <= room:
        return list(lines)
    return [*lines[: room - 1], f"… {len(lines) - room + 1} more lines"]
