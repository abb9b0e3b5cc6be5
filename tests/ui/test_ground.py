"""The terminal is asked for its background: answered, not answered, late, and never in the way."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import termios
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from dockschedctl.ui import deafened, ground, theme
from tests.daemon_process import ROOT

XTERM = {"TERM": "xterm-256color"}
DARK = b"\x1b]11;rgb:1212/1616/1b1b\x1b\\"
LIGHT = b"\x1b]11;rgb:ffff/fbfb/f9f9\x07"
DA1 = b"\x1b[?62;22c"


@pytest.fixture
def line():
    """The two ends of a terminal's line: the terminal's, and the program's."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def answers(line, *parts: bytes, environ=XTERM) -> tuple[ground.Question | None, float]:
    """Ask, with a terminal that says so; return the question, and how long it took."""
    terminal, program = line

    def answer() -> None:
        heard = b""
        while not heard.endswith(ground.QUESTION):
            heard += os.read(terminal, 100)
        for part in parts:
            os.write(terminal, part)

    threading.Thread(target=answer, daemon=True).start()
    began = time.monotonic()
    with ground.asked(program, program, environ) as question:
        assert question is None or not termios.tcgetattr(program)[3] & termios.ECHO
    return question, time.monotonic() - began


@pytest.mark.parametrize(("said", "light"), [(DARK, False), (LIGHT, True)])
def test_a_terminal_that_answers_decides(line, said, light) -> None:
    """In pieces or not, and whatever it is that was typed meanwhile."""
    before = termios.tcgetattr(line[1])
    question, _ = answers(line, b"ls", said[:7], said[7:], DA1)

    assert (question.is_light(), question.is_open) == (light, False)
    assert termios.tcgetattr(line[1]) == before


def test_one_that_does_not_know_the_question_is_not_waited_for(line, monkeypatch) -> None:
    """What every terminal answers stands behind it: with that the answer is complete."""
    monkeypatch.setattr(ground, "PATIENCE", 1000)
    question, _ = answers(line, DA1)

    assert (question.is_light(), question.is_open) == (None, False)


def test_one_that_answers_nothing_is_waited_for_a_tenth_of_a_second(line) -> None:
    """And its answers may still come."""
    question, took = answers(line)

    assert (question.is_light(), question.is_open) == (None, True)
    assert ground.PATIENCE <= 0.1 <= took + 0.01


def test_what_is_no_terminal_is_not_asked(line) -> None:
    """Neither a pipe, nor one that writes what it does not understand on the screen."""
    reads, writes = os.pipe()
    try:
        for source, target, environ in (
            (reads, line[1], XTERM), (line[1], writes, XTERM), (line[1], line[1], {}),
            (line[1], line[1], {"TERM": "linux"}),
        ):  # fmt: skip
            with ground.asked(source, target, environ) as question:
                assert question is None
        os.set_blocking(line[0], False)
        with pytest.raises(BlockingIOError):
            os.read(line[0], 1)
    finally:
        os.close(reads)
        os.close(writes)


def test_the_line_is_as_it_was_when_something_goes_wrong(line) -> None:
    """What is typed is shown again."""
    before = termios.tcgetattr(line[1])
    with pytest.raises(ZeroDivisionError), ground.asked(line[1], line[1], XTERM):
        raise ZeroDivisionError

    assert termios.tcgetattr(line[1]) == before


@pytest.mark.parametrize(
    ("said", "light"),
    [
        (b"\x1b]11;#000000\x07", False),
        (b"\x1b]11;#fdf6e3\x07", True),
        (b"\x1b]11;rgb:f/f/f\x07", True),
        (b"\x1b]11;rgba:0000/0000/0000/ffff\x07", False),
        (b"\x1b]11;rgb:00/ff/00\x07", True),
        (b"\x1b]11;rgb:00/00/ff\x07", False),
        (b"\x1b]11;none\x07", None),
        (b"\x1b]10;rgb:f/f/f\x07", None),
        (b"", None),
    ],
)
def test_colours_are_read_in_all_forms_that_terminals_use(said, light) -> None:
    """Light is what looks bright."""
    assert ground.is_light(said) is light


def test_the_answer_counts_before_the_environment_and_after_the_remembered() -> None:
    """Without an answer COLORFGBG does."""
    light, dark = theme.LIGHT.name, theme.DARK.name

    assert theme.chosen(None, {"COLORFGBG": "15;0"}, light=True) == light
    assert theme.chosen(None, {"COLORFGBG": "0;15"}, light=False) == dark
    assert theme.chosen(None, {"COLORFGBG": "0;15"}, light=None) == light
    assert theme.chosen(dark, {}, light=True) == dark


KEYS = st.lists(st.sampled_from(["r", "x", "\x1b[A", "\x1bOP", "\x1b", "é", "1;", "\x1b[<0;1;1M"]))
SPLITS = st.lists(st.integers(0, 60), max_size=6)


@given(KEYS, KEYS, SPLITS, st.sampled_from([DARK, LIGHT, b""]))
def test_late_answers_are_taken_out_and_every_key_stays(before, after, splits, colour) -> None:
    """In whatever pieces they come, but for one that is cut right behind its first sign."""
    said = (colour + DA1).decode()
    typed = "".join(before).rstrip("\x1b") + said + "".join(after)
    ends = sorted({n for n in splits if n < len(typed) and typed[n - 1 : n] != "\x1b"})
    late = ground.Late()
    pieces = [typed[a:b] for a, b in zip([0, *ends], [*ends, len(typed)], strict=True)]
    text = "".join(late.without(piece) for piece in pieces)

    assert text == typed.replace(said, "")


@pytest.mark.parametrize("said", [DARK.decode(), DA1.decode()])
def test_an_answer_that_is_cut_behind_its_first_sign_leaves_that_alone(said) -> None:
    """An escape is passed on at once, because it is a key; the rest of the answer is none."""
    late = ground.Late()

    assert [late.without(said[:1]), late.without(said[1:])] == ["\x1b", ""]


def test_textual_takes_no_letter_of_a_late_answer_for_a_key() -> None:
    """`r` would restart something."""
    parser = deafened.Parser()
    found = []
    for piece in ("j", "\x1b]11;rgb:ff", "ff/ffff/ffff\x1b", "\\\x1b[?6", "2c", "k", "\x1b[A"):
        found += parser.feed(piece)

    assert [event.key for event in found if isinstance(event, events.Key)] == ["j", "k", "up"]


@pytest.mark.parametrize(
    ("said", "ground_colour"), [(LIGHT, "48;2;251;251;249"), (DARK, "48;2;18;22;27")]
)
def test_the_program_follows_its_terminal(tmp_path, said, ground_colour) -> None:
    """As it is started: it asks before it draws, and draws in the colours that go with it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.clear()
        os.environ.update(HOME=str(tmp_path), TERM="xterm-256color", COLORTERM="truecolor")
        os.environ["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "dockschedctl", "--server", "unix:///no-such", "ui"]
        os.execv(sys.executable, command)
    drawn, answered = b"", False
    try:
        while f"{ground_colour}m".encode() not in drawn:
            assert select.select([terminal], [], [], 20)[0], drawn
            drawn += os.read(terminal, 1 << 16)
            if not answered and ground.QUESTION in drawn:
                answered = True
                os.write(terminal, said + DA1)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)

    assert drawn.index(ground.QUESTION) < drawn.index(b"\x1b[?1049h")
