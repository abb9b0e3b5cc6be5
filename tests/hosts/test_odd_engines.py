"""An engine that misbehaves costs its own calls some time and nobody anything else."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core import fleet
from dockschedd.hosts.pool import DockerHosts
from tests.hosts import odd_engines as odd
from tests.hosts.odd_engines import odd_engine
from tests.patience import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LIMIT = timedelta(seconds=0.15)
#: Where it is not the time that is looked at.
PATIENT = timedelta(seconds=5)
ID = f"{1:064x}"


def made(url: str, limit: timedelta = LIMIT) -> DockerHosts:
    return DockerHosts(
        {"odd": fleet.Endpoint(url=url)},
        read_limit=limit,
        act_limit=limit,
        stop_margin=limit,
    )


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.endswith(("odd", "odd-read"))]


def files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def first_event(hosts: DockerHosts) -> object:
    async with contextlib.aclosing(hosts.events("odd", since=None)) as stream:
        return await anext(stream)


CALLS: dict[str, Callable[[DockerHosts], Awaitable[object]]] = {
    "version": lambda hosts: hosts.version("odd"),
    "list": lambda hosts: hosts.containers("odd"),
    "list of one": lambda hosts: hosts.containers("odd", stack="web"),
    "inspect": lambda hosts: hosts.inspect("odd", ID),
    "start": lambda hosts: hosts.start("odd", ID),
    "stop": lambda hosts: hosts.stop("odd", ID, grace=timedelta()),
    "restart": lambda hosts: hosts.restart("odd", ID, grace=timedelta()),
    "pause": lambda hosts: hosts.pause("odd", ID),
    "unpause": lambda hosts: hosts.unpause("odd", ID),
    "events": first_event,
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest) -> Callable[[DockerHosts], Awaitable[object]]:
    """Each call in turn."""
    return CALLS[request.param]


def after_agreeing(answer: odd.Answer) -> odd.Answer:
    """Return what agrees on a version as an engine does, and only then misbehaves."""

    def answers(talk: odd.Talk) -> object:
        return talk.well() if talk.path.endswith("/version") else answer(talk)

    return answers


@pytest.mark.parametrize("answer", [odd.silent, odd.slow_to_begin, odd.slow_to_end])
@pytest.mark.parametrize("when", ["at once", "after agreeing"])
async def test_no_call_lasts_longer_than_its_limit(
    tmp_path: Path,
    call: Callable[[DockerHosts], Awaitable[object]],
    answer: odd.Answer,
    when: str,
) -> None:
    """However slowly bytes come: the call ends, with its thread and its connection."""
    if when == "after agreeing":
        answer = after_agreeing(answer)
    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url)
        began = time.monotonic()
        if call is CALLS["version"] and when == "after agreeing":
            return  # a version is all that it is asked for
        with pytest.raises(errors.HostError) as caught:
            await call(hosts)
        assert isinstance(caught.value, errors.HostTimeout) or call is first_event
        assert time.monotonic() - began < 2.5
        await eventually(lambda: not threads(), within=2)
        await hosts.close()
        await eventually(lambda: not engine.open, within=2)


async def test_slow_answers_keep_no_later_call_waiting(tmp_path: Path) -> None:
    """The places of calls that were cut are free again, however slowly they were answered."""
    slow = [True]

    def answer(talk: odd.Talk) -> None:
        odd.slow_to_end(talk) if slow[0] else talk.well()

    with odd_engine(tmp_path, after_agreeing(answer)) as engine:
        hosts = made(engine.url)
        results = await asyncio.gather(
            *(hosts.inspect("odd", ID) for _ in range(8)), return_exceptions=True
        )
        slow[0] = False
        await hosts.version("odd")
        began = time.monotonic()
        listed = await hosts.containers("odd")
        took = time.monotonic() - began
        await hosts.close()

    assert {type(each) for each in results} <= {errors.HostTimeout, errors.HostUnreachable}
    assert list(listed) == ["web"]
    assert took < 2


async def test_an_endless_answer_takes_little_memory(tmp_path: Path) -> None:
    """It is given up when it has become longer than any answer of an engine is."""
    sent: list[int] = []

    def answer(talk: odd.Talk) -> None:
        try:
            odd.endless(talk)
        finally:
            sent.append(talk.sent)

    with odd_engine(tmp_path, after_agreeing(answer)) as engine:
        hosts = DockerHosts({"odd": fleet.Endpoint(url=engine.url)})
        await hosts.version("odd")
        tracemalloc.start()
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.containers("odd")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await hosts.close()
        await eventually(lambda: sent)

    assert caught.value.code == "host-answer-too-long"
    assert sent[0] < 80 << 20
    assert most < 80 << 20


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (odd.garbage, errors.HostRefused, "host-not-docker"),
        (odd.endless_header, errors.HostRefused, "host-not-docker"),
        (odd.no_json, errors.HostRefused, "host-not-docker"),
        (odd.cut_off, errors.HostTimeout, "host-answer-lost"),
        (odd.closing, errors.HostTimeout, "host-answer-lost"),
        (odd.failing, errors.HostRefused, "host-refused"),
        (odd.redirecting, errors.HostRefused, "host-not-docker"),
        (odd.deep, errors.HostRefused, "host-not-docker"),
        (odd.wrong_shape, errors.HostRefused, "host-not-docker"),
    ],
)
async def test_a_wrong_answer_is_an_error_that_names_the_host(
    tmp_path: Path, answer: odd.Answer, error: type[errors.HostError], code: str
) -> None:
    """Each call says what is wrong, and no connection or thread is left of it."""
    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url, PATIENT)
        for name in ("list", "list of one", "inspect"):
            with pytest.raises(errors.HostError) as caught:
                await CALLS[name](hosts)
            assert (type(caught.value), caught.value.code) == (error, code), name
            assert "`odd`" in caught.value.message
        await eventually(lambda: not threads())
        await hosts.close()
        await eventually(lambda: not engine.open)


@pytest.mark.parametrize(
    "answer",
    [odd.garbage, odd.no_json, odd.cut_off, odd.closing, odd.failing, odd.redirecting, odd.deep],
)
async def test_nothing_but_host_errors_comes_of_wrong_answers(
    tmp_path: Path, call: Callable[[DockerHosts], Awaitable[object]], answer: odd.Answer
) -> None:
    """What is wrong with an engine is never a defect of whoever asked it."""
    for each in (answer, after_agreeing(answer)):
        path = tmp_path / each.__name__
        path.mkdir()
        with odd_engine(path, each) as engine:
            hosts = made(engine.url)
            with contextlib.suppress(errors.HostError, StopAsyncIteration):
                await call(hosts)
            await hosts.close()


async def test_a_stream_that_stops_in_the_middle_of_a_line_can_be_closed(tmp_path: Path) -> None:
    """What came whole is told, and nothing of the half."""

    def answer(talk: odd.Talk) -> None:
        if "/events" not in talk.path:
            talk.well()
            return
        line = odd.json.dumps(odd.EVENT).encode() + b"\n"
        talk.send(odd.HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        talk.chunk(line + line[:40])
        talk.stay()

    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url)
        stream = hosts.events("odd", since=None)
        assert (await anext(stream)).action == "die"
        more = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        assert not more.done()
        more.cancel()
        with pytest.raises(asyncio.CancelledError):
            await more
        await eventually(lambda: not [t for t in threading.enumerate() if "events-odd" in t.name])
        await hosts.close()


@pytest.mark.parametrize(
    "length",
    [
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        b"\r\n",
    ],
)
async def test_events_are_told_as_they_come(tmp_path: Path, length: bytes) -> None:
    """In chunks or as they are, however they are cut up, and however long nothing comes."""
    line = odd.json.dumps(odd.EVENT).encode() + b"\n"

    def answer(talk: odd.Talk) -> None:
        if "/events" not in talk.path:
            talk.well()
            return
        send = talk.chunk if b"chunked" in length else talk.send
        talk.send(odd.HEAD + length)
        for piece in (line + line[:50], line[50:], line[:-1], b"\n"):
            talk.engine.over.wait(LIMIT.total_seconds() * 1.5)
            send(piece)
        talk.stay()

    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url)
        async with contextlib.aclosing(hosts.events("odd", since=None)) as stream:
            for _ in range(3):
                assert (await asyncio.wait_for(anext(stream), 5)).exit_code == 0
        await hosts.close()


async def test_a_line_of_events_that_does_not_end_ends_the_stream(tmp_path: Path) -> None:
    """Nobody sends an event of a megabyte."""

    def answer(talk: odd.Talk) -> None:
        odd.endless(talk) if "/events" in talk.path else talk.well()

    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url, PATIENT)
        assert [event async for event in hosts.events("odd", since=None)] == []
        await hosts.close()


async def test_failed_calls_leave_no_file_open(tmp_path: Path) -> None:
    """A hundred of each kind of failure, and as many open files as before."""
    for answer in (odd.closing, odd.cut_off, odd.failing, odd.garbage):
        directory = tmp_path / answer.__name__
        directory.mkdir()
        with odd_engine(directory, after_agreeing(answer)) as engine:
            hosts = made(engine.url, PATIENT)
            await hosts.version("odd")
            before = files()
            for _ in range(100):
                with pytest.raises(errors.HostError):
                    await hosts.inspect("odd", ID)
            await eventually(lambda: engine.open <= 2)
            assert files() <= before + 2
            await hosts.close()


async def test_a_host_that_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    """Its calls fail at once, with the cause and when it is tried next, and reach nobody."""
    hangs = [True]

    def answer(talk: odd.Talk) -> None:
        odd.silent(talk) if hangs[0] else talk.well()

    with odd_engine(tmp_path, answer) as engine:
        hosts = made(engine.url)
        with pytest.raises(errors.HostTimeout):
            await hosts.version("odd")
        hosts.rest("odd", timedelta(seconds=4))
        asked = len(engine.asked)
        began = time.monotonic()
        for name, call in CALLS.items():
            if name != "version":
                with pytest.raises(errors.HostUnreachable) as caught:
                    await call(hosts)
                assert not isinstance(caught.value, errors.HostTimeout)
                assert "and is tried again in 4s: cannot ask for its version" in str(caught.value)
        took = time.monotonic() - began
        left_alone = len(engine.asked) == asked
        silent = hosts.silent("odd")
        hangs[0] = False
        await hosts.version("odd")
        listed = await hosts.containers("odd")
        heard = hosts.silent("odd")
        await hosts.close()

    assert took < 1
    assert left_alone
    assert silent >= LIMIT
    assert list(listed) == ["web"]
    assert heard == timedelta()


async def test_an_error_of_the_engine_does_not_make_it_be_left_alone(tmp_path: Path) -> None:
    """It answers, however badly: the next call may be another matter."""
    with odd_engine(tmp_path, after_agreeing(odd.failing)) as engine:
        hosts = made(engine.url, PATIENT)
        for _ in range(20):
            with pytest.raises(errors.HostRefused):
                await hosts.containers("odd")
        assert len(engine.asked) == 21
        await hosts.close()


async def test_a_host_has_only_so_many_threads(tmp_path: Path) -> None:
    """Ten for actions, four for questions, one for the probe and one for the events."""
    with odd_engine(tmp_path, after_agreeing(odd.silent)) as engine:
        hosts = DockerHosts({"odd": fleet.Endpoint(url=engine.url)}, read_limit=LIMIT * 4)
        calls = [
            asyncio.ensure_future(call(hosts))
            for call in CALLS.values()
            for _ in range(1 if call is first_event else 40)
        ]
        most = 0
        for _ in range(10):
            await asyncio.sleep(0.02)
            most = max(most, len([t for t in threading.enumerate() if "-odd" in t.name]))
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await hosts.close()
        engine.close()
        await eventually(lambda: not threads())

    assert 14 <= most <= 17
