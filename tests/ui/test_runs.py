"""The list of runs: live against the real API, and what is asked for of a stub."""

from __future__ import annotations

import msgspec

from dockschedctl.ui.state import NEWEST, Heard
from dockschedd.core import model
from dockschedd.wire import access
from dockschedd.wire import runs as wire
from dockschedd.wire.schedules import SchedulePage
from dockschedd.wire.system import RunEvent
from tests.ctl import samples
from tests.ui.conftest import opened, world
from tests.ui.test_run import asked_for, begun, ended


def queries(daemon) -> list[dict[str, str]]:
    """What the page asked for: its pages are smaller than those of the feed."""
    found = [r.query for r in daemon.requests if (r.method, r.path) == ("GET", "/v1/runs")]
    return [query for query in found if query.get("limit") != "300"]


async def test_what_failed_and_why_is_three_keys_away(real) -> None:
    """Runs, failed ones, open: the errors in full; the reason is on the list already."""
    await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await ui.live()
        await ui.press("R", "f")
        await ui.until(
            "✗ failed", "1 run · ✗ failed only", "stop local/web: stop web-app-1 failed"
        )
        await ui.press("enter")
        await ui.until("cannot stop container web-app-1 on `local`: it is being removed", "hint:")
        await ui.press("escape")
        await ui.until("✗ failed only")


async def test_runs_come_and_change_by_themselves(real) -> None:
    """A new one at the top, then in place what becomes of it; the cursor stays on its run."""
    await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("1 run", "✗ failed")
        run = await asked_for(real, "restart")
        text = await ui.until("2 runs", "· planned")
        (line,) = [line for line in text.splitlines() if line.startswith("▌")]
        assert "✗ failed" in line
        assert text.index("· planned") < text.index("✗ failed")
        await begun(real, run)
        await ui.until("▶ running", " 0.0s", gone=("· planned",))
        ui.app.link.env.elapsed += 7.0
        await ui.until("▶ running", " 7.0s")


async def test_a_run_that_fails_appears_among_the_failed(real) -> None:
    """Which it was not before."""
    run = await begun(real, await asked_for(real))
    async with real.ui() as ui:
        await ui.live()
        await ui.press("R", "f")
        await ui.until("0 runs · ✗ failed only")
        await ended(real, run)
        await ui.until("1 run · ✗ failed only", "✗ failed  ")


async def test_only_runs_like_the_one_under_the_cursor_are_shown(daemon, tmp_path) -> None:
    """Of the same stack, schedule or state; asked of the daemon; Escape takes it away."""
    newest = samples.run(
        id="01936000-0000-7000-8000-0000000000f1", stack="local/db", status="skipped",
        schedule="nightly", steps=(),
    )  # fmt: skip
    items = (newest, samples.FAILED)
    daemon.on("GET /v1/runs", lambda _: wire.RunPage(items=items))
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("local/db", "◐ partial")
        await ui.press("s")
        await ui.until("stack local/db", gone=("◐ partial",))
        await ui.press("c", "v")
        await ui.until("schedule nightly · skipped only")
        last = queries(daemon)[-1]
        assert (last["stack"], last["schedule"], last["status"]) == (
            "local/db", "nightly", "skipped",
        )  # fmt: skip
        await ui.press("v", "c")
        await ui.until("stack local/db", gone=("skipped only", "schedule nightly"))
        await ui.press("escape")
        await ui.until("◐ partial", "Esc Back")
        await ui.press("escape")
        await ui.until("3 stacks")
        daemon.over.set()


async def test_a_run_by_hand_is_of_no_schedule(daemon, tmp_path) -> None:
    """It says so, and nothing changes."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("◐ partial")
        await ui.press("end", "c")
        await ui.until("this run comes from no schedule", "◐ partial")
        daemon.over.set()


async def test_runs_that_are_older_than_is_wanted_are_not_asked_for(daemon, tmp_path) -> None:
    """Pages come newest first: behind the first older one there are only older ones."""
    old = samples.run(
        id="01936000-0000-7000-8000-000000000001", status="missed", steps=(),
        planned_at=samples.at(days=3), created_at=samples.at(days=3),
    )  # fmt: skip

    def page(request):
        items = () if request.query.get("cursor") else (samples.FAILED, old)
        return wire.RunPage(items=items, next=old.id if items else None)

    daemon.on("GET /v1/runs", page)
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("◐ partial", "! missed")
        await ui.pilot.click("#period-night")
        await ui.until("since Mon 18:00", "◐ partial", gone=("! missed",))
        before = len(queries(daemon))
        await ui.press("3")
        await ui.until("since 00:00")
        assert [q.get("cursor") for q in queries(daemon)[before:]] == [None]
        await ui.press("4")
        await ui.until("! missed")
        await ui.pilot.click("#troubled")
        await ui.until("✗ failed only")
        daemon.over.set()


async def test_what_becomes_of_an_old_run_is_read(real) -> None:
    """The state knows nothing of it, because there are so many newer ones."""
    run = await asked_for(real)
    async with real.ui() as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("· planned")
        for number in range(NEWEST):
            newer = samples.run(id=f"f{number:035}", created_at=samples.at(days=-1000))
            ui.app.take(Heard(at=samples.NOW, event=RunEvent(run=newer)))
        async with real.daemon.store.transaction() as unit:
            await unit.runs.settle(
                run.id, status=model.RunStatus.CANCELLED, at=real.daemon.clock.now(),
                cause="cancelled by alice",
            )  # fmt: skip
        async with real.daemon.store.reading() as unit:
            real.daemon.bus.publish_run(await unit.runs.get(run.id))
        await ui.press("slash")
        await ui.write("cancelled")
        await ui.until("1 of 301 runs: /cancelled", "■ cancelled")
        assert run.id not in ui.app.state.runs


async def test_who_may_only_look_is_offered_neither_to_cancel_nor_to_resume(
    daemon, tmp_path
) -> None:
    """Neither a button nor a key; without the right to see runs there is no way to them."""
    looks = access.Me(
        user="eve", role="viewer", method="password", expires_at=None,
        permissions=("stack.read", "run.read"),
    )  # fmt: skip
    daemon.on("GET /v1/me", looks)
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("R")
        await ui.until("◐ partial")
        await ui.press("down", "enter")
        await ui.until("✗ stop web-db-1 failed", "Why w", gone=("Resume",))
        await ui.press("r", "c")
        await ui.until("w Why", gone=("(y)",))
        daemon.on("GET /v1/me", msgspec.structs.replace(looks, permissions=("stack.read",)))
        await ui.press("ctrl+r", "D")
        await ui.until("3 stacks", gone=("R Runs",))
        await ui.press("end", "up", "L", "R")
        await ui.until("3 stacks")
        daemon.over.set()


async def test_from_a_run_one_goes_to_what_continues_it_and_to_its_schedule(
    daemon, tmp_path
) -> None:
    """The schedule is found among those that act on the stack, with the cursor on it."""
    follower = msgspec.structs.replace(samples.WOKEN, id=samples.NEXT_ID)
    daemon.on(f"GET /v1/runs/{samples.NEXT_ID}", follower)
    daemon.on(f"GET /v1/runs/{samples.RUN_ID}", samples.INTERRUPTED)
    daemon.on("GET /v1/runs", wire.RunPage(items=(samples.INTERRUPTED,)))
    daemon.on("GET /v1/schedules", SchedulePage(items=samples.SCHEDULES))
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("R", "f")
        await ui.until("! interrupted")
        await ui.press("enter")
        await ui.until("continued by: run 000000b2", "n Next run", gone=("r Resume",))
        await ui.press("n")
        await ui.until("the window of schedule `office` begins", "! service `cache` is new")
        await ui.pilot.click("#do-open_schedule")
        text = await ui.until("2 Schedules", "office")
        (line,) = [line for line in text.splitlines() if line.startswith("▌")]
        assert "office" in line
        await ui.press("escape")
        await ui.until("the window of schedule `office` begins")
        daemon.over.set()
