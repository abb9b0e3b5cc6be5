"""The thread that reads the event stream, for whoever takes from it and cannot wait for ever."""

from __future__ import annotations

import threading

import pytest

from dockschedctl.ui.stream import Over, Silence, Stream
from dockschedd.wire import system

GONE = system.StackEvent(name="local/web", stack=None)


def test_what_was_heard_is_taken_in_its_order_and_then_the_end() -> None:
    """Signs of life are among it."""
    stream = Stream([GONE, None])

    assert [stream.take(10), stream.take(10)] == [GONE, None]
    with pytest.raises(Over):
        stream.take(10)


def test_nobody_waits_longer_than_wanted() -> None:
    """What comes later is taken later."""
    go = threading.Event()

    def events():
        go.wait(10)
        yield GONE

    stream = Stream(events())
    with pytest.raises(Silence):
        stream.take(-1)
    go.set()
    assert stream.take(10) == GONE


def test_what_goes_wrong_while_it_is_read_is_raised_to_whoever_takes() -> None:
    """Not lost in the thread."""

    def events():
        yield GONE
        raise ZeroDivisionError

    stream = Stream(events())
    assert stream.take(10) == GONE
    with pytest.raises(ZeroDivisionError):
        stream.take(10)
