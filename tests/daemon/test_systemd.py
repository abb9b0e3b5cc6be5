"""systemd is told the truth, and a service manager that is gone harms nobody."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from dockschedd.daemon.systemd import STUCK_AFTER, Systemd
from tests.fake_clock import FakeClock, settle


@pytest.fixture
def channel(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


class Ticker:
    """Has ticked when the test says so."""

    def __init__(self, at):
        self.at = at

    def progressed_at(self):
        return self.at

    def wake(self):
        raise AssertionError


def said(channel):
    messages = []
    while True:
        try:
            messages.append(channel.recv(1000).decode())
        except BlockingIOError:
            return messages


def test_readiness_and_stopping_are_told(channel, tmp_path):
    """READY=1 and STOPPING=1 arrive, each with a status line."""
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    systemd.ready("serving")
    systemd.stopping()

    assert [m.partition("\n")[0] for m in said(channel)] == ["READY=1", "STOPPING=1"]


def test_a_service_manager_that_is_gone_harms_nobody(tmp_path):
    """A notification that cannot be sent is dropped."""
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")})

    assert systemd.stopping() is None


async def test_the_watchdog_is_fed_while_the_ticker_ticks_and_starves_when_it_does_not(
    channel, tmp_path
):
    """A ticker that makes no progress is not covered up."""
    import asyncio

    clock = FakeClock()
    ticker = Ticker(clock.now())
    systemd = Systemd(
        {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(30_000_000)}
    )
    feeding = asyncio.create_task(systemd.feed_watchdog(ticker, clock))
    await settle()
    first = said(channel)
    await clock.advance(timedelta(seconds=10))
    second = said(channel)
    await clock.advance(STUCK_AFTER)
    said(channel)
    await clock.advance(timedelta(seconds=30))
    starved = said(channel)
    ticker.at = clock.now()
    await clock.advance(timedelta(seconds=10))
    fed = said(channel)
    feeding.cancel()

    assert first == ["WATCHDOG=1"]
    assert second == ["WATCHDOG=1"]
    assert starved == []
    assert fed == ["WATCHDOG=1"]
