"""Pictures that are drawn in place: what a terminal makes of what is written."""

from __future__ import annotations

import contextlib
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.commands import watching
from dockschedctl.output import live
from dockschedctl.output.tables import View
from tests.ctl import samples

_WRITTEN = re.compile(r"\x1b\[(?P<number>[?0-9]*)(?P<what>[A-Za-z])|(?P<text>[^\x1b])")
COLUMNS = 40
SIZE = lambda: (COLUMNS, 50)  # noqa: E731 (a terminal that stays as it is)
LINES = st.lists(st.text("ab c", max_size=8), max_size=12)


class Terminal(io.StringIO):
    """A terminal that knows what is used here, and counts what it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str] = [""]
        self.row = self.column = self.sent = 0

    def write(self, text: str) -> int:
        self.sent += len(text)
        for found in _WRITTEN.finditer(text):
            if found["text"] is not None:
                self._put(found["text"])
            elif found["what"] == "A":
                self.row -= int(found["number"])
                assert self.row >= 0
            elif found["what"] == "K":
                self.rows[self.row] = self.rows[self.row][: self.column]
            elif found["what"] == "J":
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
        return len(text)

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.rows):
                self.rows.append("")
        else:
            line = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    @property
    def shown(self) -> list[str]:
        return self.rows[:-1]


@given(st.lists(LINES, min_size=1, max_size=8))
def test_the_terminal_shows_the_newest_picture_whatever_was_there(pictures) -> None:
    """Lines come, go and change; nothing of an older picture is left over."""
    terminal = Terminal()
    picture = live.Picture(terminal, SIZE)
    picture.begin()
    for lines in pictures:
        picture.draw(lines)
        assert [line.rstrip() for line in terminal.shown] == [line.rstrip() for line in lines]
    picture.end(())
    assert terminal.shown == []


def test_what_has_not_changed_is_not_sent_again() -> None:
    """Nothing at all for the same picture, and of another one the lines that differ."""
    terminal = Terminal()
    picture = live.Picture(terminal, SIZE)
    lines = [f"line {number} of this picture" for number in range(20)]
    picture.draw(lines)
    once = terminal.sent
    picture.draw(list(lines))
    assert terminal.sent == once

    picture.draw([*lines[:10], "another", *lines[11:]])
    assert terminal.sent - once < once / 4
    assert terminal.shown[9:12] == [lines[9], "another", lines[11]]


def test_a_picture_that_is_taller_than_the_screen_says_what_is_missing() -> None:
    """It never scrolls, for what has scrolled away cannot be drawn again; its end is whole."""
    terminal = Terminal()
    rows = [5]
    picture = live.Picture(terminal, lambda: (COLUMNS, rows[0]))
    lines = list("abcdefgh")
    picture.draw(lines)
    assert terminal.shown == ["a", "b", "c", "\N{HORIZONTAL ELLIPSIS} 5 more lines"]
    rows[0] = 50
    picture.draw(lines)
    assert terminal.shown == lines
    rows[0] = 5
    picture.end(lines)
    assert terminal.shown == lines


def test_the_picture_goes_and_the_cursor_comes_back_whatever_happens() -> None:
    """Ctrl-C and errors included; with `keep` the last picture stays."""
    for keep, left in ((False, []), (True, ["last"])):
        terminal = Terminal()
        said = ["first"]
        showing = live.shown(lambda said=said: said, file=terminal, size=SIZE, keep=keep)
        with contextlib.suppress(KeyboardInterrupt), showing as look:
            assert terminal.shown == ["first"]
            said[:] = ["last"]
            look()
            assert terminal.shown == ["last"]
            _press_ctrl_c()
        assert terminal.shown == left


def _press_ctrl_c() -> None:
    raise KeyboardInterrupt


def test_a_terminal_that_has_gone_ends_nothing() -> None:
    """What is watched is what counts: the picture is only a picture."""

    class Gone(Terminal):
        def flush(self) -> None:
            raise BrokenPipeError

    reached = False
    with live.shown(lambda: ["a"], file=Gone(), size=SIZE):
        reached = True
    assert reached


def test_a_list_that_is_watched_tells_that_the_daemon_has_gone() -> None:
    """Nothing is shown before it is read; what was known stays, with why nothing new comes."""
    known = watching._Known()
    lines = watching.lines(known, lambda: View(now=samples.NOW))
    assert lines() == []
    known.items, known.is_read = {"local/web": samples.STACKS[0]}, True
    assert len(lines()) == 2
    known.lost = "there is no daemon at /run/d.sock"
    assert lines()[2:] == ["", "trying again: there is no daemon at /run/d.sock"]
