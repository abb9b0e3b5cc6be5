"""Stacks that are not as their windows want them, in lists, on their own, and in `status`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dockschedd.core import holds, memory, model, triggers
from tests.api.daemon import Daemon, container
from tests.store import nouns

WEB = model.StackRef("local", "web")
AWAKE, ASLEEP = triggers.Wish.AWAKE, triggers.Wish.ASLEEP
DOWN = {"state": model.ContainerState.EXITED, "exit_code": 0, "ended": model.Ended.STOPPED}
HOUR = timedelta(hours=1)


async def window(daemon: Daemon, wants: triggers.Wish, text: str = "daily 08:00-18:00", **changes):
    """Add a window, by default on `local/web` and open now, at noon."""
    trigger = triggers.WindowTrigger(expression=text, zone="UTC", wants=wants)
    name = changes.pop("name", "office")
    values = {"trigger": trigger, "action": None, "next_at": None} | changes
    async with daemon.store.transaction() as unit:
        await unit.schedules.add(nouns.schedule(name, **values))
    daemon.services.schedules_changed()


async def drifts(daemon: Daemon) -> dict[str, str]:
    """Stack → what is wanted, of those in the list that drift; asked twice, to be sure."""
    found = {}
    for _ in range(2):
        items = (await daemon.local("GET", "/v1/stacks")).json["items"]
        found = {each["name"]: each["drift"] for each in items if each["drift"]}
    return found


async def drifting(daemon: Daemon) -> float:
    body = (await daemon.local("GET", "/metrics")).body.decode()
    line = next(x for x in body.splitlines() if x.startswith("dockschedd_stacks_drifting "))
    return float(line.split()[1])


async def test_a_stack_that_runs_while_it_is_wanted_asleep_drifts(daemon) -> None:
    """The list, the stack itself, `status` and the metrics say so, and what is wanted."""
    await window(daemon, ASLEEP)
    told = "schedule `office` wants it asleep until 18:00 on 24 November 2026, UTC"

    found = await drifts(daemon)
    shown = (await daemon.local("GET", "/v1/stacks/local/web")).json
    attention = (await daemon.local("GET", "/v1/status")).json["attention"]

    assert found == {"local/web": told}
    assert shown["drift"] == told
    assert {row["name"]: row["drift"] for row in attention}["local/web"] == told
    assert await drifting(daemon) == 1


async def test_a_stack_tells_what_its_windows_want(daemon) -> None:
    """Whether it is so or not: the state, until when, by which schedule, and how insistently."""
    await window(daemon, ASLEEP)
    told = (await daemon.local("GET", "/v1/stacks/local/web")).json["wanted"]
    await window(daemon, AWAKE, name="shop", text="daily 11:00-13:00")
    now = (await daemon.local("GET", "/v1/stacks/local/web")).json["wanted"]
    other = (await daemon.local("GET", "/v1/stacks/local/mail")).json

    assert told == {
        "state": "asleep",
        "schedule": "office",
        "until_at": "2026-11-24T18:00:00Z",
        "enforce": "boundary",
        "reads": "schedule `office` wants it asleep until 18:00 on 24 November 2026, UTC",
    }
    assert (now["state"], now["schedule"]) == ("awake", "shop")
    assert other["wanted"] is None


async def test_a_stack_that_is_as_it_is_wanted_does_not_drift(daemon) -> None:
    """Awake while it runs, asleep while it is down; another stack has no say in it."""
    await window(daemon, AWAKE)
    await window(daemon, AWAKE, name="mail", selector="local/mail")

    assert await drifts(daemon) == {}
    assert await drifting(daemon) == 0


async def test_a_stack_drifts_from_an_edge_on_and_until_it_has_changed(daemon) -> None:
    """Nothing has to be changed here for the clock to be noticed."""
    await window(daemon, AWAKE)
    assert await drifts(daemon) == {}

    await daemon.clock.advance(7 * HOUR)
    assert list(await drifts(daemon)) == ["local/web"]

    daemon.inventory.by_ref[WEB] = (container("db", **DOWN), container("app", **DOWN))
    assert await drifts(daemon) == {}

    await daemon.clock.advance(13 * HOUR)
    assert list(await drifts(daemon)) == ["local/web"]


async def test_a_change_of_a_schedule_counts_at_once(daemon) -> None:
    """A window that is disabled wants nothing any more."""
    await window(daemon, ASLEEP)
    assert list(await drifts(daemon)) == ["local/web"]

    reply = await daemon.local("POST", "/v1/schedules/office/disable")

    assert reply.status == 200, reply.body
    assert await drifts(daemon) == {}


async def test_a_held_stack_does_not_drift(daemon) -> None:
    """It is otherwise because somebody wanted it; the list says who.."""
    await window(daemon, ASLEEP)
    now = daemon.clock.now()
    hold = holds.Hold(
        stack=WEB,
        wants=holds.Wanted.UP,
        owner="alice",
        reason="",
        since=now,
        until=now + HOUR,
        zone="UTC",
    )
    async with daemon.store.transaction() as unit:
        await unit.holds.place(hold)
    daemon.services.holds_changed()

    assert await drifts(daemon) == {}
    assert await drifting(daemon) == 0
    await daemon.clock.advance(2 * HOUR)
    assert list(await drifts(daemon)) == ["local/web"]


async def test_nothing_is_said_of_a_host_that_is_away(daemon) -> None:
    """What its stacks are like is not known."""
    await window(daemon, ASLEEP, selector="*/*")

    assert set(await drifts(daemon)) == {"local/web", "local/mail"}


async def test_what_was_not_remembered_is_not_missed(daemon) -> None:
    """A stack that is wanted awake as it was does not drift for what did not run then."""
    await window(daemon, AWAKE)
    daemon.inventory.by_ref[WEB] = (container("db"), container("app", **DOWN))
    assert list(await drifts(daemon)) == ["local/web"]

    kept = memory.Memory(
        stack=WEB,
        containers=frozenset({("db", 1)}),
        run_id="r",
        at=daemon.clock.now(),
        woken_at=daemon.clock.now(),
    )
    async with daemon.store.transaction() as unit:
        await unit.memories.keep(kept)

    assert await drifts(daemon) == {}


@pytest.mark.parametrize("selector", ["web", "local/web", "loc*/w*"])
async def test_a_window_is_found_by_every_kind_of_selector(daemon, selector) -> None:
    """By name, by full name and by pattern."""
    await window(daemon, ASLEEP, selector=selector)

    assert list(await drifts(daemon)) == ["local/web"]


async def test_an_edge_that_is_spread_counts_for_each_stack_from_its_own_instant(daemon) -> None:
    """Between the edge and its offset the stack is still wanted as before."""
    await window(daemon, AWAKE, text="daily 08:00-12:00", spread=2 * HOUR)
    async with daemon.store.reading() as unit:
        schedule = (await unit.schedules.all_windows())[0]
    assert schedule.spread == 2 * HOUR

    assert await drifts(daemon) == {}
    await daemon.clock.advance(2 * HOUR)
    assert list(await drifts(daemon)) == ["local/web"]


async def test_flags_of_containers_and_drift_ask_for_attention(daemon) -> None:
    """Also of a stack that is simply running or stopped."""
    odd = container("app", **(DOWN | {"exit_code": 3, "ended": model.Ended.FINISHED}))
    daemon.inventory.by_ref[WEB] = (odd,)

    rows = (await daemon.local("GET", "/v1/status")).json["attention"]
    found = {row["name"]: row for row in rows}

    assert found["local/web"]["status"] == "stopped"
    assert found["local/web"]["flags"] == ["exited"]
    assert "local/mail" not in found


async def test_nothing_drifts_while_schedules_are_frozen(daemon) -> None:
    """Everything is left alone on request then."""
    await window(daemon, ASLEEP)
    reply = await daemon.local("PUT", "/v1/freeze", json={"duration": "1h"})
    assert reply.status == 200, reply.body

    assert await drifts(daemon) == {}
