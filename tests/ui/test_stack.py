"""One stack against the real API."""

from __future__ import annotations

from dockschedd.core import model
from tests.api.daemon import container
from tests.patience import eventually


async def open_web(ui) -> None:
    await ui.live()
    await ui.until(" web")
    await ui.press("end", "enter")
    await ui.until("1 Containers", "web-app-1")


async def planned(real) -> tuple[model.Run, ...]:
    async with real.daemon.store.reading() as unit:
        return await unit.runs.planned(limit=10)


async def test_containers_are_in_the_order_in_which_they_start(real) -> None:
    """Dependencies first, each with what it waits for."""
    async with real.ui() as ui:
        await open_web(ui)
        text = ui.text

    assert text.index("web-db-1") < text.index("web-app-1")
    assert "2 of 2 up" in text


async def test_a_change_of_a_container_appears_by_itself(real) -> None:
    """What the engine says is on the screen without a key."""
    async with real.ui() as ui:
        await open_web(ui)
        ref = model.StackRef("local", "web")
        real.daemon.inventory.by_ref[ref] = (
            container("db"),
            container("app", state=model.ContainerState.EXITED, exit_code=137),
        )
        real.daemon.bus.publish_stack(ref)
        await ui.until("◐ partial", "○ exited (137)", "1 of 2 up")
        real.daemon.inventory.by_ref.pop(ref)
        real.daemon.bus.publish_stack(ref)
        await ui.until("local/web is gone")


async def test_an_action_shows_its_plan_before_it_acts(real) -> None:
    """The button does what the key does; nothing is done until it is agreed to."""
    async with real.ui() as ui:
        await open_web(ui)
        await ui.pilot.click("#do-restart")
        await ui.until("restart local/web", "nothing has been done", "Restart (y)")
        assert await planned(real) == ()
        await ui.press("y")
        await ui.until("restart local/web: 1 run")

    assert [run.action for run in await planned(real)] == [model.Action.RESTART]


async def test_an_action_with_nothing_to_do_is_not_offered(real) -> None:
    """The plan says so, and there is only a button to close it."""
    async with real.ui() as ui:
        await open_web(ui)
        await ui.press("s")
        await ui.until("start local/web: nothing to do", "Close (Esc)", gone=("Start (y)",))
        await ui.press("y", "escape")
        await ui.until("Esc Back")

    assert await planned(real) == ()


async def test_a_run_is_seen_while_it_goes_on_and_when_it_is_over(real) -> None:
    """From the event stream: what it does to each container, then a toast with how it ended."""
    async with real.ui() as ui:
        await open_web(ui)
        await ui.press("x")
        await ui.until("Stop (y)")
        await ui.press("y")
        (run,) = await eventually(lambda: planned(real))
        now = real.daemon.clock.now()
        async with real.daemon.store.transaction() as unit:
            assert await unit.runs.claim(run.id, at=now)
        async with real.daemon.store.reading() as unit:
            begun = await unit.runs.get(run.id)
        real.daemon.bus.publish_run(begun)
        await ui.until("▶ stop local/web", "▶ stop now")
        async with real.daemon.store.transaction() as unit:
            await unit.runs.finish(run.id, status=model.RunStatus.FAILED, at=now, error="no room")
            over = await unit.runs.get(run.id)
        real.daemon.bus.publish_run(over)
        await ui.until("nothing runs", "✗ stop", "no room")
        await ui.press("3")
        await ui.until("✗ failed", "no room")


async def test_a_hold_is_placed_and_released(real) -> None:
    """The form asks for how long; the plan of what it does at once comes before it does it."""
    async with real.ui(size=(80, 30)) as ui:
        await open_web(ui)
        await ui.press("h")
        await ui.until("hold local/web", "For how long")
        await ui.press(*["delete"] * 2, *["backspace"] * 2)
        await ui.press("enter")
        await ui.until("✗ for how long?")
        await ui.write("3h")
        await ui.press("enter")
        await ui.until("◆ held up till", "local/web is held up by local")
        await ui.press("e")
        await ui.until("release local/web", "schedules will act on it again")
        await ui.press("y")
        await ui.until("local/web is not held any more", gone=("◆ held up till",))


async def test_a_hold_that_stops_the_stack_shows_the_plan_first(real) -> None:
    """Refusing it places no hold."""
    async with real.ui(size=(80, 30)) as ui:
        await open_web(ui)
        await ui.press("h")
        await ui.until("hold local/web")
        await ui.pilot.click("#down")
        await ui.pilot.click("#yes")
        await ui.until("it will stop now", "stop local/web: 2 steps", "Hold (y)")
        await ui.press("escape")
        await ui.until("Esc Back", gone=("Hold (y)",))

    assert await planned(real) == ()


async def test_a_hold_until_nonsense_is_refused_in_the_daemons_words(real) -> None:
    """As a toast; nothing is held."""
    async with real.ui(size=(80, 30)) as ui:
        await open_web(ui)
        await ui.press("h")
        await ui.until("hold local/web")
        ui.app.screen.query_one("#until").value = "someday"
        await ui.press("enter")
        await ui.until("✗ until:", "someday", gone=("◆ held up till",))


async def test_only_schedules_that_act_on_the_stack_are_shown(real) -> None:
    """By their selectors, as the daemon reads them."""
    for name, selector in (("nightly", "local/*"), ("posts", "mail")):
        reply = await real.daemon.local(
            "POST", "/v1/schedules",
            json={"name": name, "action": "stop", "selector": selector, "cron": "0 22 * * *"},
        )  # fmt: skip
        assert reply.status == 201
    async with real.ui() as ui:
        await open_web(ui)
        await ui.press("2")
        await ui.until("nightly", "stop", gone=("posts",))


async def test_why_explains_the_state(real) -> None:
    """In the words of the command line."""
    async with real.ui() as ui:
        await open_web(ui)
        await ui.press("4")
        await ui.until("local/web is running")
        await ui.press("escape")
        await ui.until("3 stacks")


async def test_in_a_wide_window_its_history_stands_beside_everything_else(real) -> None:
    """And takes the whole width where it is what one looks at, or where there is no room."""
    async with real.ui(size=(200, 30)) as ui:
        await open_web(ui)
        await ui.until("STATE", "CAUSE OR ERROR", "nothing has been done to it")
        await ui.press("x")
        await ui.until("Stop (y)")
        await ui.press("y")
        (run,) = await eventually(lambda: planned(real))
        async with real.daemon.store.transaction() as unit:
            await unit.runs.settle(
                run.id, status=model.RunStatus.SKIPPED, at=run.created_at, cause="no reason"
            )
            over = await unit.runs.get(run.id)
        real.daemon.bus.publish_run(over)
        await ui.until("web-app-1", "no reason")
        await ui.press("4")
        await ui.until("local/web is running", "no reason")
        await ui.press("3")
        text = await ui.until("no reason")
        assert text.count("CAUSE OR ERROR") == 1
        await ui.press("1")
        await ui.until("web-app-1", "no reason")
        await ui.pilot.resize_terminal(120, 30)
        await ui.until("web-app-1", gone=("no reason",))
