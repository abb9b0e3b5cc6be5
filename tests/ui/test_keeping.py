"""Holds of several stacks, with one form."""

from __future__ import annotations

import msgspec

from dockschedd.wire import holds
from tests.ctl import samples, stub
from tests.ui.conftest import opened, world
from tests.ui.test_screens import check


async def mark_all(ui, number: int) -> None:
    await ui.live()
    await ui.until(" web")
    await ui.press("asterisk")
    await ui.until(f"* {number} marked")


async def held(real) -> dict[str, str]:
    reply = await real.daemon.local("GET", "/v1/holds")
    return {hold["stack"]: hold["wants"] for hold in reply.json["items"]}


async def test_marked_stacks_are_held_with_one_form_and_one_plan(real) -> None:
    """Then acted on together; the marks go once it is done."""
    async with real.ui(size=(80, 30)) as ui:
        await ui.live()
        await ui.until(" web")
        ui.app.screen.grid.go_to("local/mail")
        await ui.press("space", "space")
        await ui.until("* 2 marked")
        await ui.press("h")
        await ui.until("hold 2 stacks", "Keep them", "bring them into that state now")
        await ui.pilot.click("#down")
        await ui.pilot.click("#yes")
        await ui.until(
            "they will stop now", "stop local/mail: 1 step", "stop local/web: 2 steps", "Hold (y)"
        )
        await ui.press("y")
        await ui.until("hold 2 stacks down: 2 runs", "◆ 2 held", gone=("marked",))
        async with real.daemon.store.reading() as unit:
            planned = await unit.runs.planned(limit=10)
        assert {str(run.stack) for run in planned} == {"local/mail", "local/web"}
        assert await held(real) == {"local/mail": "down", "local/web": "down"}


async def test_marked_stacks_are_released_together(real) -> None:
    """Only those that are held; what comes next is said of each before."""
    for stack in ("mail", "web"):
        path = f"/v1/stacks/local/{stack}/hold"
        body = {"wants": "up", "duration": "2h", "act": False}
        assert (await real.daemon.local("PUT", path, json=body)).status == 200
    async with real.ui(size=(80, 30)) as ui:
        await mark_all(ui, 3)
        await ui.press("e")
        await ui.until("release 2 stacks", "local/mail:", "local/web:", gone=("away/far:",))
        await ui.press("y")
        await ui.until("local/web is not held any more", gone=("marked", "◆ 2 held"))
        assert await held(real) == {}
        await ui.press("e")
        await ui.until("nobody holds")


async def test_a_host_stands_for_its_stacks(real) -> None:
    """As for actions."""
    async with real.ui(size=(80, 30)) as ui:
        await ui.live()
        await ui.until(" web")
        ui.app.screen.grid.go_to("/local")
        await ui.press("h")
        await ui.until("hold 2 stacks")
        await ui.press("escape")
        await ui.until("⏎ Open", gone=("hold 2 stacks",))
        assert await held(real) == {}


async def test_what_could_not_be_held_is_told_and_nothing_is_started(daemon, tmp_path) -> None:
    """With how far it went; the marks stay."""
    placed = holds.HoldPlaced(hold=samples.HOLD, run=None)
    daemon.on("PUT /v1/stacks/local/db/hold", placed)
    daemon.on("PUT /v1/stacks/local/queue/hold", stub.Refuse("store-error", "The disk is full."))
    async with opened(world(tmp_path), daemon.url) as ui:
        await mark_all(ui, 3)
        await ui.press("h")
        check("hold-several-80x24", await ui.until("hold 3 stacks", "For how long"))
        await ui.press("enter")
        await ui.until("they will start now")
        await ui.press("y")
        await ui.until("✗ the disk is full", "only 1 of 3 stacks held: not local/queue", "marked")
        daemon.over.set()

    assert daemon.asked["POST /v1/runs"] == 0
    bodies = [r.body for r in daemon.requests if r.method == "PUT"]
    assert [body["act"] for body in bodies] == [False, False]


async def test_without_acting_there_is_no_plan_to_agree_to(daemon, tmp_path) -> None:
    """They are held as they are; nothing is asked for but the holds."""
    for name in ("db", "queue", "web"):
        hold = msgspec.structs.replace(samples.HOLD, stack=f"local/{name}")
        daemon.on(f"PUT /v1/stacks/local/{name}/hold", holds.HoldPlaced(hold=hold, run=None))
    async with opened(world(tmp_path), daemon.url) as ui:
        await mark_all(ui, 3)
        await ui.press("h")
        await ui.until("hold 3 stacks")
        await ui.pilot.click("#act")
        await ui.pilot.click("#yes")
        await ui.until("⏎ Open", gone=("marked", "hold 3 stacks"))
        daemon.over.set()

    assert daemon.asked["POST /v1/plans"] == daemon.asked["POST /v1/runs"] == 0
    assert sum(r.method == "PUT" for r in daemon.requests) == 3
