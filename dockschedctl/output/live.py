"""What moves on a terminal: runs that are waited for, and lists that are watched.

The only importer of rich; everything that stands still is written without it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

_PER_SECOND = 8


@contextmanager
def shown(lines: Callable[[], Sequence[str]], *, file: TextIO, width: int) -> Iterator[None]:
    """Show the lines, asked for again several times a second, until the block ends.

    Nothing of it stays on the screen; what is taller than the screen is cut off below.
    """
    console = Console(file=file, width=width, force_terminal=True, highlight=False)

    def picture() -> Text:
        return Text("\n").join(Text.from_ansi(line) for line in lines())

    with Live(
        get_renderable=picture,
        console=console,
        refresh_per_second=_PER_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        vertical_overflow="ellipsis",
    ):
        yield
