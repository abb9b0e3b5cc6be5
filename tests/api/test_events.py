"""The event stream: in order, without loss, and no longer than it may last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from dockschedd.core import model
from dockschedd.wire import system
from tests.api.daemon import Daemon

WEB = model.StackRef("local", "web")


def run(daemon: Daemon, **changes: Any) -> model.Run:
    planned = model.Run(
        id=daemon.services.ids.new(),
        stack=WEB,
        action=model.Action.STOP,
        status=model.RunStatus.PLANNED,
        cause_kind=model.CauseKind.MANUAL,
        cause="-",
        actor="alice",
        planned_at=daemon.clock.now(),
        created_at=daemon.clock.now(),
    )
    return replace(planned, **changes)


class Stream:
    """What a client reads: (event, data) pairs; pings are counted."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.pings = 0

    async def next(self) -> tuple[str, Any] | None:
        """The next event; None at the end of the stream."""
        kind = ""
        async with asyncio.timeout(10):
            async for raw in self.response.content:
                line = raw.decode().rstrip("\n")
                if line == ": ping":
                    self.pings += 1
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    return kind, json.loads(line.removeprefix("data: "))
        return None


@asynccontextmanager
async def listening(
    daemon: Daemon, query: str = "", *, token: str | None = None
) -> AsyncIterator[Stream]:
    session, base = daemon.session(local=token is None)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.get(f"{base}/v1/events{query}", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def test_whoever_has_the_headers_misses_nothing(daemon) -> None:
    """Runs and stacks, in the order in which they changed; a stack that went is null."""
    first, second = run(daemon), run(daemon)
    async with listening(daemon) as stream:
        daemon.bus.publish_run(first)
        daemon.bus.publish_stack(WEB)
        daemon.bus.publish_run(second)
        daemon.bus.publish_stack(model.StackRef("local", "gone"))
        told = [await stream.next() for _ in range(4)]

    assert [kind for kind, _ in told] == ["run", "stack", "run", "stack"]
    assert [told[n][1]["run"]["id"] for n in (0, 2)] == [first.id, second.id]
    assert told[1][1]["stack"]["status"] == "running"
    assert (told[3][1]["name"], told[3][1]["stack"]) == ("local/gone", None)


async def test_events_are_what_the_wire_says(daemon) -> None:
    """Each can be read as the tagged union that clients use."""
    import msgspec

    async with listening(daemon) as stream:
        daemon.bus.publish_run(run(daemon))
        daemon.bus.publish_stack(WEB)
        told = [(await stream.next())[1] for _ in range(2)]

    events = [msgspec.convert(each, system.Event) for each in told]
    assert [type(event) for event in events] == [system.RunEvent, system.StackEvent]


async def test_of_one_run_what_it_is_now_comes_first(daemon) -> None:
    """Then every change of it, and of nothing else, until it is over."""
    mine, other = run(daemon), run(daemon)
    async with daemon.store.transaction() as unit:
        await unit.runs.add(mine)
    async with listening(daemon, f"?run={mine.id}") as stream:
        assert (await stream.next())[1]["run"]["status"] == "planned"
        daemon.bus.publish_run(other)
        daemon.bus.publish_stack(WEB)
        daemon.bus.publish_run(replace(mine, status=model.RunStatus.RUNNING))
        assert (await stream.next())[1]["run"]["status"] == "running"


async def test_a_change_while_the_run_is_read_is_not_lost(daemon, monkeypatch) -> None:
    """It comes behind what was read."""
    mine = run(daemon)
    async with daemon.store.transaction() as unit:
        await unit.runs.add(mine)
    reading = type(daemon.store).reading

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[Any]:
        async with reading(self) as unit:
            yield unit
        daemon.bus.publish_run(replace(mine, status=model.RunStatus.SUCCEEDED))

    monkeypatch.setattr(type(daemon.store), "reading", busy)
    async with listening(daemon, f"?run={mine.id}") as stream:
        told = [(await stream.next())[1]["run"]["status"] for _ in range(2)]

    assert told == ["planned", "succeeded"]


async def test_of_one_stack_only_what_concerns_it(daemon) -> None:
    """Its own changes and the runs on it."""
    async with listening(daemon, "?stack=web") as stream:
        daemon.bus.publish_stack(model.StackRef("local", "mail"))
        daemon.bus.publish_run(run(daemon, stack=model.StackRef("local", "mail")))
        daemon.bus.publish_run(run(daemon))
        daemon.bus.publish_stack(WEB)

        assert [(await stream.next())[0] for _ in range(2)] == ["run", "stack"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("run=none", "run-not-found"),
        ("stack=wbe", "stack-not-found"),
        ("stack=*/web", "invalid"),
        ("x=1", "bad-request"),
    ],
)
async def test_what_cannot_be_followed_is_refused_before_the_stream_begins(
    daemon, query, code
) -> None:
    """With a status and a problem, as everywhere."""
    reply = await daemon.local("GET", f"/v1/events?{query}")

    assert reply.code == code


async def test_a_slow_reader_gets_the_last_state_and_holds_up_nobody(daemon) -> None:
    """What it has not read is overtaken, never reordered, and the end of a run is never lost."""
    slow, quick = run(daemon), run(daemon)
    text = "x" * 20_000
    async with listening(daemon) as reader, listening(daemon) as other:
        for attempt in range(1, 600):
            daemon.bus.publish_run(replace(slow, attempt=attempt, error=text))
            if attempt % 20 == 0:
                await asyncio.sleep(0)
        daemon.bus.publish_run(replace(slow, status=model.RunStatus.SUCCEEDED, attempt=600))
        daemon.bus.publish_run(quick)
        seen_by_other = []
        while not seen_by_other or seen_by_other[-1]["id"] != quick.id:
            seen_by_other.append((await other.next())[1]["run"])

        attempts, last = [], None
        while last is None or last["id"] != quick.id:
            last = (await reader.next())[1]["run"]
            if last["id"] == slow.id:
                attempts.append((last["attempt"], last["status"]))

    assert attempts == sorted(attempts)
    assert attempts[-1] == (600, "succeeded")
    assert len(attempts) == len(set(attempts))


async def test_signs_of_life_are_sent(start) -> None:
    """So that both sides notice when the other one has gone."""
    quick = timedelta(milliseconds=20)
    async with start(ping_every=quick) as daemon, listening(daemon) as stream:
        reading = asyncio.ensure_future(stream.next())
        while stream.pings < 3:
            await asyncio.sleep(0)
        daemon.bus.publish_run(run(daemon))

        assert (await reading)[0] == "run"


@pytest.mark.parametrize("how", ["logout", "role", "disabled", "removed", "expired"])
async def test_a_stream_ends_when_the_caller_may_no_longer_see_it(start, how) -> None:
    """Soon after, also while events keep coming."""
    async with start(ping_every=timedelta(milliseconds=20)) as daemon:
        token = await daemon.token("alice", "viewer")
        async with listening(daemon, token=token) as stream:
            daemon.bus.publish_run(run(daemon))
            assert await stream.next()
            match how:
                case "logout":
                    await daemon.call("POST", "/v1/logout", token=token)
                case "role":
                    edit = {"role": "operator"}
                    await daemon.local("PATCH", "/v1/users/alice", json=edit)
                case "disabled":
                    edit = {"disabled": True}
                    await daemon.local("PATCH", "/v1/users/alice", json=edit)
                case "removed":
                    await daemon.local("DELETE", "/v1/users/alice")
                case "expired":
                    daemon.clock.step(timedelta(days=31))
            busy = True
            while busy:
                daemon.bus.publish_run(run(daemon))
                busy = await stream.next() is not None

        assert stream.response.content.at_eof()


async def test_a_stream_outlives_its_access_token(start) -> None:
    """It is the session that counts: a watcher is not thrown out after fifteen minutes."""
    async with start(ping_every=timedelta(milliseconds=20)) as daemon:
        token = await daemon.token("alice", "viewer")
        async with listening(daemon, token=token) as stream:
            daemon.clock.step(timedelta(hours=1))
            reading = asyncio.ensure_future(stream.next())
            while stream.pings < 3:
                await asyncio.sleep(0)
            daemon.bus.publish_run(run(daemon))

            assert await reading


async def test_streams_end_at_once_when_the_daemon_stops(start) -> None:
    """Nobody waits for readers."""
    async with start() as daemon:
        before = asyncio.get_running_loop().time()
        session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(daemon.socket)))
        response = await session.get("http://localhost/v1/events")
    try:
        assert await Stream(response).next() is None
        assert asyncio.get_running_loop().time() - before < 5
    finally:
        await session.close()


async def test_a_reader_that_goes_away_is_let_go(start) -> None:
    """Its subscription is not kept."""
    async with start(ping_every=timedelta(milliseconds=20)) as daemon:
        async with listening(daemon):
            assert len(daemon.bus._boxes) == 1
        async with asyncio.timeout(10):
            while daemon.bus._boxes:
                await asyncio.sleep(0)
