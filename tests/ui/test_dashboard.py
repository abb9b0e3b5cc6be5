"""The dashboard against the real API."""

from __future__ import annotations

from dataclasses import replace

from textual import events

from dockschedd.core import model
from tests.api.daemon import container
from tests.patience import eventually
from tests.ui.conftest import tell_of_host


def change(real, name: str, *containers: model.Container) -> None:
    """Let the inventory know a stack anew, as its watcher would."""
    ref = model.StackRef("local", name)
    real.daemon.inventory.by_ref[ref] = containers
    real.daemon.bus.publish_stack(ref)


async def test_stacks_are_shown_below_their_hosts(real) -> None:
    """With status; a host that is away says why."""
    async with real.ui() as ui:
        await ui.live()
        text = await ui.until("▾ local", "▾ away", "mail", "web", "far")

    assert "● running" in text
    assert "unreachable" in text
    assert "no route" in text
    assert "1/2 hosts up" in text


async def test_a_change_appears_by_itself(real) -> None:
    """A stack that stops, one that comes and one that goes, from the event stream."""
    async with real.ui() as ui:
        await ui.live()
        change(real, "web", container("db", state=model.ContainerState.EXITED))
        await ui.until("○ stopped")
        change(real, "shop", container("cart"))
        await ui.until("shop", "4 stacks")
        real.daemon.inventory.by_ref.pop(model.StackRef("local", "mail"))
        real.daemon.bus.publish_stack(model.StackRef("local", "mail"))
        await ui.until("3 stacks", gone=("mail",))


async def test_a_host_that_is_lost_and_found_is_told(real) -> None:
    """As a toast, at once, and in the message log; also of a host without stacks."""
    async with real.ui() as ui:
        await ui.live()
        views = real.daemon.inventory.views
        real.daemon.inventory.by_ref.pop(model.StackRef("away", "far"))
        views["away"] = replace(views["away"], reachable=True, error=None)
        tell_of_host(real, "found")
        await ui.until("host away is back", "2/2 hosts up")
        views["away"] = replace(views["away"], reachable=False, error="no route")
        tell_of_host(real, "lost")
        await ui.until("host away is lost: no route", "1/2 hosts up")
        await ui.press("m")
        log = await ui.until("Messages", "host away is back")

    assert log.index("is lost") < log.index("is back")


async def test_what_others_change_is_seen_at_once(real) -> None:
    """Schedules, the freeze and who ends it, without a minute's wait for the next whole look."""
    token = await real.daemon.token("bob", "admin")
    async with real.ui(size=(120, 24)) as ui:
        await ui.live()
        body = {"name": "nightly", "action": "stop", "selector": "mail", "cron": "0 22 * * *"}
        await real.daemon.call("POST", "/v1/schedules", json=body, token=token)
        await ui.until("stop 22:00")
        await real.daemon.call("PUT", "/v1/freeze", json={}, token=token)
        await ui.until("‖ all schedules are frozen by bob")
        await real.daemon.call("DELETE", "/v1/freeze", token=token)
        await ui.until("thawed by bob", gone=("‖ all schedules",))
        await real.daemon.call("DELETE", "/v1/schedules/nightly", token=token)
        await ui.until("mail", gone=("stop 22:00",))


async def test_rows_are_filtered_while_words_are_typed(real) -> None:
    """Each letter counts; Enter goes back to the rows, Escape shows all again."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("slash")
        await ui.write("mai")
        await ui.until("1 of 3 stacks: /mai", gone=("far",))
        await ui.write("zzz")
        await ui.until("no stack has these words")
        await ui.press("backspace", "backspace", "backspace", "enter", "escape")
        await ui.until("far", "web", gone=("/mai",))


async def test_keys_that_come_in_a_burst_go_where_they_were_meant(real) -> None:
    """As over a slow line: nothing that is typed behind `/` is taken for a command."""
    async with real.ui() as ui:
        await ui.live()
        for key in ("/", "m", "a", "i", "enter", "x"):
            character = key if len(key) == 1 else None
            name = "slash" if key == "/" else key
            ui.app.post_message(events.Key(name, character))
        await ui.until("stop local/mail: 1 step", "1 of 3 stacks: /mai", gone=("Messages",))


async def test_hosts_fold(real) -> None:
    """Enter on a host hides its stacks; one key folds all."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("home", "enter")
        await ui.until("▸ away", "web", gone=("far",))
        await ui.press("z")
        await ui.until("far", gone=("▸",))
        await ui.press("z")
        await ui.until("▸ away", "▸ local", gone=("far", "web"))


async def test_the_cursor_stays_on_its_stack(real) -> None:
    """Also when rows come before it."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("end")
        change(real, "alpha", container("a"))
        text = await ui.until("alpha")

    (line,) = [line for line in text.splitlines() if line.startswith("▌")]
    assert " web" in line


async def test_what_is_worst_comes_first_when_it_is_sorted_by_status(real) -> None:
    """The key goes through the columns; the other one turns them round."""
    async with real.ui() as ui:
        await ui.live()
        change(real, "web", container("db", state=model.ContainerState.PAUSED))
        text = await ui.until("paused")
        assert text.index(" mail") < text.index(" web")
        await ui.press("o")
        text = await ui.until("STATUS▲", "by status")
        assert text.index(" web") < text.index(" mail")
        await ui.press("O")
        text = await ui.until("STATUS▼", "reversed")
        assert text.index(" mail") < text.index(" web")


async def test_a_click_on_a_head_sorts_and_one_on_a_row_opens(real) -> None:
    """Everything by mouse too."""
    async with real.ui() as ui:
        await ui.live()
        await ui.pilot.click("#rows", offset=(12, 0))
        text = await ui.until("STATUS▲")
        row = next(n for n, line in enumerate(text.splitlines()) if " mail" in line)
        await ui.pilot.click(offset=(8, row))
        await ui.pilot.click(offset=(8, row))
        await ui.until("1 Containers", "local/mail")


async def test_marked_stacks_are_acted_on_together(real) -> None:
    """One plan for all of them; agreeing makes a run for each, and takes the marks away."""
    async with real.ui() as ui:
        await ui.live()
        await ui.until(" web")
        ui.app.screen.query_one("#rows").go_to("local/mail")
        await ui.press("space", "space")
        await ui.until("* 2 marked")
        await ui.press("x")
        await ui.until("stop 2 stacks", "stop local/mail: 1 step", "stop local/web: 2 steps")
        await ui.press("y")
        await ui.until("stop 2 stacks: 2 runs", gone=("marked",))
        async with real.daemon.store.reading() as unit:
            planned = await unit.runs.planned(limit=10)

    assert {str(run.stack) for run in planned} == {"local/mail", "local/web"}


async def test_a_plan_that_is_refused_changes_nothing(real) -> None:
    """Escape leaves it."""
    async with real.ui() as ui:
        await ui.live()
        await ui.until(" web")
        await ui.press("end", "x")
        await ui.until("stop local/web: 2 steps, nothing has been done", "Stop (y)")
        await ui.press("escape")
        await ui.until("⏎ Open", gone=("Stop (y)",))
        async with real.daemon.store.reading() as unit:
            assert await unit.runs.planned(limit=10) == ()


async def test_keys_are_explained(real) -> None:
    """`?` shows what they do on this screen and everywhere."""
    async with real.ui(size=(100, 45)) as ui:
        await ui.live()
        await ui.press("question_mark")
        text = await ui.until("Keys: dashboard", "Show only rows that have the words")
        assert "Turn from dark to light" in text
        await ui.press("escape")
        await ui.until("⏎ Open", gone=("Keys: dashboard",))


async def test_the_palette_finds_stacks_and_actions(real) -> None:
    """By part of their name."""
    async with real.ui() as ui:
        await ui.live()
        await ui.press("ctrl+p")
        await ui.write("open local/mail")
        await eventually(lambda: "Open local/mail" in ui.text)
        await ui.press("down", "enter")
        await ui.until("1 Containers", "local/mail")


async def test_the_theme_is_remembered(real) -> None:
    """The next start begins with it."""
    async with real.ui() as ui:
        await ui.live()
        assert ui.app.theme == "dockschedd-dark"
        await ui.press("t")
        await eventually(lambda: ui.app.theme == "dockschedd-light")
    async with real.ui() as ui:
        assert ui.app.theme == "dockschedd-light"
