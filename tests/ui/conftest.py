"""The UI in memory, against the real API over a Unix socket, or against a stub."""

from __future__ import annotations

import io
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dockschedctl import servers
from dockschedctl.ui.app import Ui
from dockschedctl.ui.link import Link
from dockschedctl.ui.state import Phase
from dockschedd.core import changes
from dockschedd.core.permissions import Permission
from dockschedd.wire import access, foresight, runs, schedules
from tests.api.conftest import start  # noqa: F401 (a fixture)
from tests.ctl import samples, stub
from tests.ctl.conftest import World
from tests.ctl.test_golden import ANSWERS
from tests.patience import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.api import daemon as parts


ADMIN = access.Me(
    user="alice", role="admin", method="password", expires_at=None,
    permissions=tuple(sorted(Permission)),
)  # fmt: skip
WHY = foresight.Why(
    stack="local/web",
    at=samples.NOW,
    status="running",
    lines=(
        foresight.WhyLine(
            kind="decided",
            at=samples.at(hours=3),
            text="start succeeded: alice asked for it",
            run=samples.RUN_ID,
            schedule=None,
        ),
    ),
)
#: Under way for three seconds.
GOING = msgspec.structs.replace(
    samples.RUNNING,
    id="01936000-0000-7000-8000-0000000000d4",
    started_at=samples.at(seconds=3),
    steps=(
        msgspec.structs.replace(samples.RUNNING.steps[0], started_at=samples.at(seconds=2)),
        samples.RUNNING.steps[1],
    ),
)
EARLIER = msgspec.structs.replace(
    samples.SUCCEEDED,
    id="01936000-0000-7000-8000-000000000093",
    planned_at=samples.at(hours=1),
    created_at=samples.at(hours=1),
    started_at=samples.at(hours=1),
    finished_at=samples.at(minutes=59),
)


@dataclass
class Seen:
    """A running UI: what is on its screen, and hands for it."""

    app: Ui
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        """The screen as text, without blanks at the ends of lines."""
        strips = self.app.screen._compositor.render_strips()
        lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
        return "\n".join(lines) + "\n"

    async def press(self, *keys: str) -> None:
        """Press keys, and let the screen follow."""
        for key in keys:
            await self.pilot.press(key)

    async def write(self, text: str) -> None:
        """Type text into what has the focus."""
        await self.press(*("space" if c == " " else c for c in text))

    async def until(self, *words: str, gone: tuple[str, ...] = ()) -> str:
        """Return the screen once it has all the words, none of those that are to go, and stays."""

        async def settled() -> str | None:
            await self.pilot.pause()
            text = self.text
            good = all(w in text for w in words) and not any(w in text for w in gone)
            if not good:
                return None
            await self.pilot.pause()
            return text if text == self.text else None

        try:
            found = await eventually(settled, within=8.0)
        except AssertionError:
            raise AssertionError(f"{words} without {gone} never came:\n{self.text}") from None
        return str(found)

    async def live(self) -> None:
        """Wait for the first picture."""
        await eventually(lambda: self.app.state.phase is Phase.LIVE)
        await self.until("● live")


def world(home: Path, moment: datetime = samples.NOW, **environ: str) -> World:
    """An environment with a terminal, whose clock stands still."""
    return World(
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        environ={"HOME": str(home), **environ},
        stdin_tty=True,
        stdout_tty=True,
        zone=ZoneInfo("Europe/Berlin"),
        moment=moment,
    )


@asynccontextmanager
async def opened(
    env: World, url: str, *, size: tuple[int, int] = (80, 24), colour: bool = True
) -> AsyncIterator[Seen]:
    """Run the UI until the block ends; entered by the test itself, whose task Textual knows."""
    link = Link(env, servers.Server(url=url, chosen_by="the test"))
    app = Ui(link, colour=colour)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Seen(app, pilot)
    assert app._feed.join(5.0)


@dataclass
class Real:
    """A daemon, and the UI of whoever runs it."""

    daemon: parts.Daemon
    home: Path

    def ui(self, **how: Any):
        """Run the UI over the Unix socket."""
        env = world(self.home, self.daemon.clock.now())
        return opened(env, f"unix://{self.daemon.socket}", **how)

    def remote_ui(self, **how: Any):
        """Run the UI over TCP, where a login is needed."""
        env = world(self.home, self.daemon.clock.now())
        return opened(env, self.daemon.tcp, **how)


@pytest.fixture
async def real(start: Callable[..., Any], tmp_path: Path) -> AsyncIterator[Real]:  # noqa: F811
    """A daemon with two stacks on `local`, and one on `away`, which cannot be reached."""
    async with start() as daemon:
        yield Real(daemon, tmp_path)


@pytest.fixture
def daemon(tmp_path):
    """A stub that has something of everything, and a stream that stays open."""
    over = threading.Event()

    def stream():
        yield b": here\n\n"
        over.wait()

    with stub.running(tmp_path / "stub.sock") as running:
        for what, answer in ANSWERS.items():
            running.on(what, answer)
        running.on("GET /v1/me", ADMIN)
        running.on("GET /v1/stacks/local/web/why", WHY)
        running.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES[:3]))
        running.on("GET /v1/runs", runs.RunPage(items=(samples.FAILED, EARLIER)))
        running.on("GET /v1/status", msgspec.structs.replace(samples.STATUS, running=(GOING,)))
        running.on(f"GET /v1/runs/{GOING.id}", GOING)
        running.on("GET /v1/events", lambda _: stub.Stream(stream()))
        running.over = over
        yield running
        over.set()


def tell_of_host(real: Real, action: str) -> None:
    """Let the daemon tell that `away` was lost or found."""
    real.daemon.bus.publish_change(changes.Change(
        noun=changes.Noun.HOST, name="away", action=action, by="dockschedd",
        at=real.daemon.clock.now(),
    ))  # fmt: skip
