"""Threads for calls that block: how many, for how long, and what they never hold up."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING

import pytest

from dockschedd import log
from dockschedd.hosts import lanes

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_lane_limits_how_many_calls_run_at_once() -> None:
    """The others wait for their turn, and their time begins with it."""
    lane = lanes.Lane("test-lane", 2)
    running: list[int] = []
    most: list[int] = []

    def call() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.1)
        running.pop()

    await asyncio.gather(*(lane.run(call, limit=0.39) for _ in range(8)))

    assert max(most) == 2


async def test_a_call_that_nobody_waits_for_keeps_its_place_until_it_ends() -> None:
    """A hung engine cannot collect threads by being asked again."""
    lane = lanes.Lane("test-lane", 1)
    release = threading.Event()
    with pytest.raises(TimeoutError):
        await lane.run(release.wait, limit=0.01)
    second = asyncio.ensure_future(lane.run(lambda: "answer", limit=5))
    await asyncio.sleep(0.05)
    assert not second.done()

    release.set()

    assert await second == "answer"


async def test_a_cancelled_turn_is_given_to_the_next() -> None:
    """Cancelling whoever waits for a turn loses no place."""
    lane = lanes.Lane("test-lane", 1)
    release = threading.Event()
    first = asyncio.ensure_future(lane.run(release.wait, limit=5))
    second = asyncio.ensure_future(lane.run(lambda: None, limit=5))
    await asyncio.sleep(0.01)
    second.cancel()
    release.set()
    await first

    assert await lane.run(lambda: 3, limit=5) == 3


def test_a_call_under_way_does_not_keep_the_interpreter_from_exiting(tmp_path: Path) -> None:
    """A daemon that is told to end does not wait for a stop of ten minutes."""
    script = textwrap.dedent("""
        import asyncio, socket, sys
        from datetime import timedelta
        from dockschedd.core.fleet import Endpoint
        from dockschedd.hosts.pool import DockerHosts

        # Kept to the end: a connection that is closed would end the calls.
        silent = socket.socket(socket.AF_UNIX)
        accepted = []

        async def main():
            silent.bind(sys.argv[1])
            silent.listen()
            silent.setblocking(False)
            hosts = DockerHosts({"local": Endpoint(url=f"unix://{sys.argv[1]}")})
            call = asyncio.ensure_future(hosts.stop("local", "0", grace=timedelta(minutes=10)))
            events = asyncio.ensure_future(anext(hosts.events("local", since=None)))
            for _ in range(2):
                accepted.append(await asyncio.get_running_loop().sock_accept(silent))
            print("sent", flush=True)

        asyncio.run(main())
    """)
    began = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "s")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (done.stdout, done.returncode) == ("sent\n", 0), done.stderr
    assert time.monotonic() - began < 5


async def test_a_call_has_the_context_of_whoever_waits_for_it() -> None:
    """What its thread logs names the run that it works for."""
    lane = lanes.Lane("test-lane", 1)
    line = logging.makeLogRecord({"msg": "connection.reset"})

    with log.of_run("r1"):
        within = await lane.run(lambda: log.JsonFormatter().format(line), limit=5)
    outside = await lane.run(lambda: log.JsonFormatter().format(line), limit=5)

    assert json.loads(within)["run"] == "r1"
    assert "run" not in json.loads(outside)
