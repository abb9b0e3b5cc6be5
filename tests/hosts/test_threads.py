"""Threads that begin calls: no call waits for another, and none are kept that are not needed."""

from __future__ import annotations

import threading
import weakref

import pytest

from dockschedd.hosts import threads
from tests.patience import wait_until

CALLS = 50


def idle_threads() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == threads.IDLE_NAME}


def test_no_call_waits_for_another_to_end() -> None:
    """All are under way at once, each in a thread with its name."""
    pool = threads.Threads()
    together = threading.Barrier(CALLS + 1)
    names: list[str] = []

    def call() -> None:
        names.append(threading.current_thread().name)
        together.wait(10)

    for number in range(CALLS):
        pool.begin(f"call-{number}", call)
    together.wait(10)

    assert sorted(names) == sorted(f"call-{number}" for number in range(CALLS))


def test_a_thread_that_has_nothing_to_do_takes_the_next_call() -> None:
    """One call after the other needs two threads, however many there are."""
    pool = threads.Threads()
    seen: set[int] = set()
    for _ in range(CALLS):
        done = threading.Event()

        def call(done: threading.Event = done) -> None:
            seen.add(threading.get_ident())
            done.set()

        pool.begin("call", call)
        assert done.wait(10)

    assert len(seen) <= 3


def test_threads_without_calls_end_all_but_one() -> None:
    """What one busy minute needed is not kept for ever."""
    before = idle_threads()
    pool = threads.Threads(idle_s=0.05)
    together = threading.Barrier(CALLS)
    for _ in range(CALLS):
        pool.begin("call", lambda: together.wait(10))

    wait_until(lambda: len(idle_threads() - before) > 1)
    wait_until(lambda: len(idle_threads() - before) == 1)

    done = threading.Event()
    pool.begin("call", done.set)
    assert done.wait(10)


def test_beginning_never_waits_for_a_thread_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there is one, others are started by threads."""
    pool = threads.Threads()
    done = threading.Event()
    pool.begin("call", done.set)
    assert done.wait(10)
    started_by: set[int] = set()
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        started_by.add(threading.get_ident())
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", noted)
    together = threading.Barrier(CALLS + 1)
    for _ in range(CALLS):
        pool.begin("call", lambda: together.wait(10))
    together.wait(10)

    assert threading.get_ident() not in started_by


def test_calls_are_made_where_the_system_gives_no_more_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that are there take them one after the other."""
    pool = threads.Threads()
    ready = threading.Event()
    pool.begin("call", ready.set)
    assert ready.wait(10)

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    made = threading.Semaphore(0)
    for _ in range(CALLS):
        pool.begin("call", made.release)
    for _ in range(CALLS):
        assert made.acquire(timeout=10)
    with pytest.raises(RuntimeError):
        threads.Threads().begin("call", made.release)


def test_what_a_call_held_is_let_go_when_it_is_over() -> None:
    """A thread that waits keeps nothing of its last call alive."""

    class Held:
        pass

    pool = threads.Threads()
    held = Held()
    gone = weakref.ref(held)
    done = threading.Event()

    def call(held: Held = held) -> None:
        assert held is not None
        done.set()

    pool.begin("call", call)
    assert done.wait(10)
    del held, call

    wait_until(lambda: gone() is None)
