"""A host's calendar over the API: everything that tells what comes next knows its dates.

The daemon's clock stands at 12:00 UTC on 24 November 2026.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dockschedd.core import dates, fleet, triggers
from tests.api.daemon import Daemon

READS = (
    "calendar `holidays` keeps schedules from host `local` until 00:00 on 27 November 2026, UTC"
)
DAYS = tuple(date(2026, 11, day) for day in (24, 25, 26))


@pytest.fixture
async def off(daemon) -> Daemon:
    """A daemon whose host `local` has three days off, from today on."""
    await give(daemon, *DAYS)
    return daemon


async def give(daemon: Daemon, *days: date) -> None:
    now = daemon.clock.now()
    calendar = triggers.Calendar(name="holidays", dates=frozenset(days))
    host = fleet.Host(
        name="local",
        endpoint=fleet.Endpoint(url="unix:///docker.sock"),
        zone="UTC",
        calendar="holidays",
        owner="local",
        updated_at=now,
    )
    async with daemon.store.transaction() as unit:
        await unit.calendars.add(dates.Kept(calendar=calendar, owner="local", updated_at=now))
        await unit.hosts.add(host)
    daemon.services.schedules_changed()


async def schedule(daemon: Daemon, name: str, action: str, selector: str = "web", **more) -> dict:
    body = {"name": name, "action": action, "selector": selector, "zone": "UTC", **more}
    reply = await daemon.local("POST", "/v1/schedules", json=body)
    assert reply.status == 201, reply.body
    return reply.json


async def test_why_a_stack_is_left_alone_and_what_comes_next_know_the_days_off(off) -> None:
    """What comes next is what comes after them."""
    await schedule(off, "nightly", "stop", cron="0 22 * * *")
    lines = (await off.local("GET", "/v1/stacks/local/web/why")).json["lines"]
    shown = (await off.local("GET", "/v1/stacks/local/web")).json
    status = (await off.local("GET", "/v1/status")).json
    row = next(
        each
        for each in (await off.local("GET", "/v1/stacks")).json["items"]
        if each["name"] == "local/web"
    )

    told = {line["kind"]: line for line in lines}
    assert told["held"]["text"] == f"{READS}; schedules leave it alone"
    assert told["next"]["at"].startswith("2026-11-27T22:00")
    assert (shown["day_off"], status["days_off"]) == (READS, [READS])
    for each in (shown, row):
        assert each["next_at"].startswith("2026-11-27T22:00")
        assert (each["next_action"], each["next_schedule"]) == ("stop", "nightly")


async def test_the_next_occurrence_is_the_first_that_no_day_off_leaves_out(off) -> None:
    """Of several schedules: also of one that comes later, but before the others come again."""
    await schedule(off, "nightly", "stop", cron="0 22 * * *")
    await schedule(off, "monthly", "restart", cron="0 6 27 * *")
    await schedule(off, "never", "start", at="2026-11-25 08:00")
    shown = (await off.local("GET", "/v1/stacks/local/web")).json
    await schedule(off, "there", "stop", "away/far", cron="0 22 * * *")
    far = (await off.local("GET", "/v1/stacks/away/far")).json

    assert (shown["next_schedule"], shown["next_at"][:16]) == ("monthly", "2026-11-27T06:00")
    assert (far["day_off"], far["next_at"][:16]) == (None, "2026-11-24T22:00")


async def test_a_preview_tells_what_days_off_leave_out(off) -> None:
    """Once for each row of them; for a trigger alone there is nothing to tell."""
    await schedule(off, "nightly", "stop", "*/*", cron="0 22 * * *")
    await schedule(off, "there", "stop", "away/far", cron="0 22 * * *")
    found = (await off.local("GET", "/v1/schedules/nightly/preview?count=5")).json
    there = (await off.local("GET", "/v1/schedules/there/preview?count=5")).json

    assert found["left_out"] == [f"24 November 2026: {READS}"]
    assert there["left_out"] == []


async def test_conflicts_on_days_off_are_none(off) -> None:
    """Two schedules that would contradict each other on those days alone do not."""
    await schedule(off, "one", "stop", at="2026-11-25 08:00")
    other = await schedule(off, "other", "start", at="2026-11-25 08:00")
    before = (await off.local("GET", "/v1/conflicts")).json["conflicts"]
    later = await schedule(off, "late", "stop", at="2026-11-27 08:00")
    clash = await schedule(off, "clash", "start", at="2026-11-27 08:00")

    assert (other["warnings"], before, later["warnings"]) == ([], [], [])
    assert clash["warnings"][0].startswith("conflict: ")
    body = {"schedules": [
        {"name": n, "action": a, "selector": "web", "at": "2026-11-26 08:00", "zone": "UTC"}
        for n, a in (("x", "stop"), ("y", "start"))
    ]}  # fmt: skip
    applied = await off.local("POST", "/v1/documents", json={**body, "strict": True})
    assert applied.status == 200


async def test_a_plan_knows_days_off(off) -> None:
    """What is left out is not due then, and that schedules leave it alone is said."""
    await schedule(off, "nightly", "start", cron="0 22 * * *")
    request = {"action": "stop", "selectors": ["local/web"]}

    async def plan(at: str) -> dict:
        body = {**request, "at": at}
        return (await off.local("POST", "/v1/plans", json=body)).json["items"][0]

    during, after = await plan("2026-11-25T22:00Z"), await plan("2026-11-27T22:00Z")

    assert (during["also_due"], during["warnings"]) == ([], [READS])
    assert [each["schedule"] for each in after["also_due"]] == ["nightly"]
    assert after["warnings"] == []


async def test_a_stack_does_not_drift_on_a_day_off(off) -> None:
    """It is left alone on request; when the calendar changes it drifts again."""
    await schedule(off, "night", "asleep", window="daily 11:00-13:00", enforce="always")
    quiet = (await off.local("GET", "/v1/stacks/local/web")).json["drift"]
    body = {"dates": []}
    await off.local("PATCH", "/v1/calendars/holidays", json=body)
    rows = (await off.local("GET", "/v1/stacks?selector=local/web")).json["items"]

    assert quiet is None
    assert rows[0]["drift"] == (
        "schedule `night` wants it asleep until 13:00 on 24 November 2026, UTC"
    )


async def test_days_off_end(off) -> None:
    """The clock alone decides: afterwards nothing tells of them any more."""
    off.clock._now += timedelta(days=3)
    status = (await off.local("GET", "/v1/status")).json
    shown = (await off.local("GET", "/v1/stacks/local/web")).json

    assert (status["days_off"], shown["day_off"]) == ([], None)
