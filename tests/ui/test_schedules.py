"""The page of the schedules against the real API."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.ui.rows import schedules as listing
from dockschedctl.ui.rows.moments import Moment
from dockschedd.core import model
from tests.ctl import samples
from tests.ui.conftest import opened, world
from tests.ui.test_login import log_in
from tests.ui.test_screens import check

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}


async def add(real, **changes) -> None:
    reply = await real.daemon.local("POST", "/v1/schedules", json={**NIGHTLY, **changes})
    assert reply.status == 201, reply.json


async def shown(real, name: str = "nightly") -> dict:
    return (await real.daemon.local("GET", f"/v1/schedules/{name}")).json


async def planned(real) -> tuple[model.Run, ...]:
    async with real.daemon.store.reading() as unit:
        return await unit.runs.planned(limit=10)


async def open_page(ui, *words: str) -> None:
    await ui.live()
    await ui.press("S")
    await ui.until("SCHEDULE▲", *words)


async def test_each_schedule_is_shown_in_full(real) -> None:
    """Its sentence and next instants first, then all that is known of it."""
    await add(real, spread="10m", deadline="2h")
    async with real.ui() as ui:
        await open_page(ui, "nightly", "22:00")
        await ui.press("enter")
        await ui.until(
            "at 22:00 every day", "FROM NOW", "at most 2h late", "spread: 10m", "Close (Esc)"
        )
        await ui.press("escape")
        await ui.until("SCHEDULE▲", gone=("Close (Esc)",))


async def test_next_instants_are_in_the_chosen_zone(real) -> None:
    """Here, in each one's own, or in one that is named; one that is none is refused."""
    await add(real, zone="Asia/Tokyo")
    async with real.ui() as ui:
        await open_page(ui, "14:00")
        await ui.press("z")
        await ui.until("show instants in a zone")
        await ui.write("own")
        await ui.press("enter")
        await ui.until("each in its own zone", "22:00", gone=("14:00",))
        await ui.pilot.click("#do-zone")
        await ui.until("show instants in a zone")
        ui.app.screen.query_one("#zone").value = "Europe/Lond"
        await ui.press("enter")
        await ui.until("✗ there is no zone `Europe/Lond`")
        await ui.press("end", "right", "enter")
        await ui.until("in Europe/London", "13:00")


async def test_a_schedule_is_disabled_and_enabled_once_that_was_agreed_to(real) -> None:
    """Its next instants are shown before; refusing changes nothing."""
    await add(real)
    async with real.ui() as ui:
        await open_page(ui, "nightly")
        await ui.press("d")
        await ui.until("disable nightly", "not made up for", "FROM NOW", "Disable (y)")
        await ui.press("escape")
        await ui.until("SCHEDULE▲", gone=("Disable (y)",))
        assert (await shown(real))["enabled"]
        await ui.press("d")
        await ui.until("Disable (y)")
        await ui.press("y")
        await ui.until("■ disabled", "■ 1 disabled", "disabled nightly")
        await ui.pilot.click("#do-turn")
        await ui.until("enable nightly", "from now on")
        await ui.press("y")
        await ui.until("enabled nightly", "22:00 (9 h)", gone=("■ disabled",))


async def test_a_schedule_is_run_after_its_plan(real) -> None:
    """A window as it wants its stacks now."""
    await add(
        real, name="day", action="awake", cron=None, window="daily 00:00-01:00", sleep_by="pause"
    )
    async with real.ui() as ui:
        await open_page(ui, "day")
        await ui.press("r")
        await ui.until("run day", "pause local/web", "Run (y)")
        assert await planned(real) == ()
        await ui.press("y")
        await ui.until("run day: 1 run", gone=("Run (y)",))

    assert [run.action for run in await planned(real)] == [model.Action.PAUSE]


async def test_a_run_that_is_refused_says_why(real) -> None:
    """As a toast; nothing is done."""
    await add(real, selector="away/far")
    async with real.ui() as ui:
        await open_page(ui, "nightly")
        await ui.press("r")
        await ui.until("✗ the host `away` cannot be reached", "SCHEDULE▲")


async def test_a_schedule_is_deleted_after_it_was_shown(real) -> None:
    """The command that brings it back is told."""
    await add(real)
    async with real.ui() as ui:
        await open_page(ui, "nightly")
        await ui.press("x")
        await ui.until("delete nightly: stop web", "its runs stay", "Delete (y)")
        await ui.press("y")
        await ui.until("there are no schedules yet", "deleted nightly")
        assert "dockschedctl schedule add nightly stop web" in ui.app.journal[-1].notice.text


async def test_which_schedules_contradict_is_one_key_away(real) -> None:
    """As `schedule conflicts` writes it."""
    await add(real)
    await add(real, name="early", action="start")
    async with real.ui() as ui:
        await open_page(ui, "nightly", "early")
        await ui.press("c")
        await ui.until("conflicts among schedules", "both act on `local/web`", "`early` (start)")


async def test_what_fires_is_read_again(real) -> None:
    """The next instant is another one from then on."""
    await add(real)
    async with real.ui() as ui:
        await open_page(ui, "nightly", "22:00 (9 h)")
        async with real.daemon.store.transaction() as unit:
            old = await unit.schedules.get("nightly")
            await unit.schedules.replace(
                replace(old, next_at=old.next_at.replace(hour=22), name="nightly")
            )
        await ui.press("ctrl+r")
        await ui.until("23:00 (10 h)")


async def test_a_viewer_sees_schedules_and_no_way_to_change_them(real) -> None:
    """Neither buttons nor keys."""
    await add(real)
    await real.daemon.add_user("eve", "viewer")
    async with real.remote_ui() as ui:
        await log_in(ui, "eve")
        await ui.until("● live", "eve (viewer)", gone=("Password",))
        await ui.press("S")
        await ui.until(
            "nightly", "Conflicts c", "Zone z", gone=("New n", "Edit e", "Run r", "Delete")
        )
        await ui.press("n", "e", "d", "x", "r", "enter")
        await ui.until("Close (Esc)", "at 22:00 every day")


async def test_the_page_looks_as_it_did(daemon, tmp_path) -> None:
    """Those that fire, that are disabled, that are done."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("S")
        check("schedules-page-80x24", await ui.until("nightly", "xmas"))
        daemon.over.set()


@given(st.permutations(samples.SCHEDULES), st.sampled_from(["", listing.OWN, "Asia/Tokyo"]))
def test_each_schedule_has_a_row_whatever_its_zone(found, zone) -> None:
    """In the order in which they are given; sorting has the next one first, what is done last."""
    moment = Moment(now=samples.NOW, zone=ZoneInfo("Europe/Berlin"))
    rows = listing.listed(found, moment, zone=zone)

    assert [row.key for row in rows] == [each.name for each in found]
    for row in rows:
        assert len(row.cells) == len(listing.LISTED)
    first, *_, last = sorted(found, key=listing.ORDERS["next"])
    assert (first.enabled, first.done, last.done) == (True, False, True)


def test_a_zone_that_is_not_known_here_is_shown_as_here() -> None:
    """The daemon's may be newer."""
    moment = Moment(now=samples.NOW, zone=ZoneInfo("Europe/Berlin"))
    odd = samples.schedule(zone="Mars/Olympus")

    assert listing.listed([odd], moment, zone=listing.OWN) == listing.listed([odd], moment)
