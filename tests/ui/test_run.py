"""One run against the real API."""

from __future__ import annotations

from dataclasses import replace

from dockschedd.core import model
from tests.patience import eventually


def step(position: int, name: str, **changes) -> model.Step:
    return model.Step(
        position=position,
        verb=model.Verb.STOP,
        container_id=f"id-{name}",
        container=f"web-{name}-1",
        service=name,
        after=(position - 1,) if position > 1 else (),
        cause="stop was asked for",
        **changes,
    )


async def asked_for(real, action: str = "stop") -> model.Run:
    """A planned run on `local/web`."""
    reply = await real.daemon.local(
        "POST", "/v1/runs", json={"action": action, "selectors": ["local/web"]}
    )
    async with real.daemon.store.reading() as unit:
        return await unit.runs.get(reply.json["items"][0]["id"])


async def begun(real, run: model.Run) -> model.Run:
    """The run under way: its first step goes on."""
    now = real.daemon.clock.now()
    steps = (
        step(1, "app", status=model.StepStatus.RUNNING, started_at=now),
        step(2, "db"),
    )
    async with real.daemon.store.transaction() as unit:
        assert await unit.runs.claim(run.id, at=now)
        await unit.runs.plan_steps(run.id, steps)
    run = replace(run, status=model.RunStatus.RUNNING, started_at=now, steps=steps)
    real.daemon.bus.publish_run(run)
    return run


async def ended(real, run: model.Run) -> model.Run:
    """The run, failed."""
    now = real.daemon.clock.now()
    one, two = run.steps
    steps = (
        replace(one, status=model.StepStatus.FAILED, finished_at=now, error_code="host-refused",
                error="cannot stop container web-app-1 on `local`: it is being removed"),
        replace(two, status=model.StepStatus.SKIPPED, finished_at=now,
                error="stop web-app-1 comes before it and did not succeed"),
    )  # fmt: skip
    error = "stop web-app-1 failed"
    async with real.daemon.store.transaction() as unit:
        await unit.runs.update_steps(run.id, steps)
        await unit.runs.finish(run.id, status=model.RunStatus.FAILED, at=now, error=error)
    run = replace(run, status=model.RunStatus.FAILED, finished_at=now, error=error, steps=steps)
    real.daemon.bus.publish_run(run)
    return run


async def open_last(ui) -> None:
    await ui.live()
    await ui.until(" web")
    await ui.press("end", "L")


async def test_a_run_is_followed_from_its_first_step_to_its_errors(real) -> None:
    """Live from the event stream: what goes on, what waits for what, and why it failed."""
    run = await begun(real, await asked_for(real))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("stop local/web  ▶ running", "waits for app-1 to stop")
        await ended(real, run)
        await ui.until(
            "✗ failed",
            "web-app-1 failed (host-refused)",
            "it is being removed",
            "hint: `docker inspect web-app-1`",
            "- skipped web-db-1",
        )


async def test_time_goes_on_in_a_run_without_any_event(real) -> None:
    """Each second; nothing is asked of the daemon for it, and only lines that change are drawn."""
    await begun(real, await asked_for(real))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("▶ running for 0.0s")
        ui.app.link.env.elapsed += 7.0
        await ui.until("▶ running for 7.0s", "10.0s", "█▶")
        grid = ui.app.screen.query_one("#steps")
        drawn: list[int] = []
        draw = grid.render_line
        grid.render_line = lambda y: drawn.append(y) or draw(y)
        ui.app.link.env.elapsed += 1.0
        await eventually(lambda: 1 in drawn)
        assert set(drawn) == {1}


async def test_a_run_is_cancelled_after_what_that_means_was_shown(real) -> None:
    """Refused, nothing happens; agreed to, no step begins any more."""
    run = await asked_for(real)
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("stop local/web  · planned", "it has not begun")
        await ui.press("c")
        await ui.until("cancel stop of local/web", "never will", "Let it go on (Esc)")
        await ui.press("escape")
        await ui.until("Esc Back")
        assert real.daemon.executor.cancelled == []
        await ui.pilot.click("#do-cancel_run")
        await ui.until("Cancel the run (y)")
        await ui.press("y")
        await ui.until("■ cancelled", "it never began", "⏎ Stack", gone=("Cancel c",))

    assert [found[0] for found in real.daemon.executor.cancelled] == [run.id]


async def test_what_is_left_of_a_run_is_done_by_a_new_one(real) -> None:
    """After it was shown; the new run opens."""
    run = await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("✗ failed")
        await ui.press("r")
        await ui.until(
            "resume stop of local/web",
            "left: stop web-app-1 (failed)",
            "left: stop web-db-1 (skipped)",
            "stop local/web: 2 steps",
            "Resume (y)",
        )
        await ui.press("y")
        await ui.until(f"local resumed run {run.id}", "· planned")
        await ui.press("escape")
        await ui.until("✗ failed")


async def test_from_a_run_one_goes_to_its_stack_and_back(real) -> None:
    """Enter goes there; where one came from there it is the way back."""
    await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("✗ failed")
        await ui.press("enter")
        await ui.until("1 Containers", "local/web  ● running")
        await ui.press("3", "enter")
        await ui.until("web-app-1 failed")
        await ui.press("enter")
        await ui.until("3 History")
        await ui.press("escape")
        await ui.until("web-app-1 failed")
        await ui.press("escape")
        await ui.until("3 stacks")


async def test_why_tells_of_the_stack_when_the_run_ended(real) -> None:
    """In the words of the command line."""
    await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("✗ failed")
        await ui.press("w")
        await ui.until("why local/web at", "Close (Esc)")
        await ui.press("escape")
        await ui.until("Esc Back")


async def test_a_run_that_is_gone_says_so(real) -> None:
    """Retention may have forgotten it."""
    async with real.ui() as ui:
        await ui.live()
        ui.app.open_run("01936000-0000-7000-8000-000000000000")
        await ui.until("there is no run")
        await ui.press("escape")
        await ui.until("3 stacks")


async def test_bars_are_as_long_as_there_is_room(real) -> None:
    """Also when the terminal gets another size."""
    await ended(real, await begun(real, await asked_for(real)))
    async with real.ui() as ui:
        await open_last(ui)
        await ui.until("✗ failed")
        await ui.pilot.resize_terminal(140, 30)
        text = await ui.until("it is being removed")
        (line,) = [line for line in text.splitlines() if "TOOK" in line]
        assert len(line) > 130
        await ui.pilot.resize_terminal(60, 20)
        text = await ui.until("it is being\n")
        (line,) = [line for line in text.splitlines() if "TOOK" in line]
        assert len(line) <= 60
