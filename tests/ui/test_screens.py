"""What the screens look like, as text; DOCKSCHEDD_UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.details import Details
from tests.ctl import samples, stub
from tests.ui.conftest import opened, world

GOLDEN = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare with the file; the path of the stub's socket is nobody's business.

    Nor is, of a page, which other pages there are.
    """
    lines = [
        "│ SERVER │" if "stub.sock" in line else line.partition("  unix:")[0]
        for line in text.splitlines()
    ]
    lines = [" D Stacks …" if line.startswith(" D Stacks  ") else line for line in lines]
    shown = "\n".join(lines) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("DOCKSCHEDD_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == shown


WEB = ("down", "down", "down")
SCREENS = {
    "dashboard": ((), ("NEXT", "web")),
    "stack": ((*WEB, "enter"), ("web-db-1", "db (healthy)")),
    "schedules": ((*WEB, "enter", "2"), ("SELECTOR", "nightly")),
    "history": ((*WEB, "enter", "3"), ("CAUSE OR ERROR", "✓ succeeded")),
    "run": ((*WEB, "enter", "3", "enter"), ("✗ stop web-db-1", "hint:")),
    "runs": (("R",), ("3 runs", "◐ partial")),
    "run-live": ((*WEB, "L"), ("▶ running for", "waits for")),
    "why": ((*WEB, "enter", "4"), ("because:",)),
    "plan": ((*WEB, "x"), ("Stop (y)",)),
    "hold": ((*WEB, "h"), ("For how long",)),
    "keys": (("question_mark",), ("Keys: dashboard",)),
    "login": (("l",), ("Password",)),
    "hosts": (("H",), ("LOST OR NOTES", "edge")),
}
SIZES = [
    *((name, (80, 24)) for name in SCREENS),
    *((name, (120, 40)) for name in ("dashboard", "stack", "hosts", "run", "runs")),
]


@pytest.mark.parametrize(("name", "size"), SIZES, ids=str)
async def test_screens_look_as_they_did(daemon, tmp_path, name, size) -> None:
    """A change of a screen is a visible change of a file."""
    presses, words = SCREENS[name]
    async with opened(world(tmp_path), daemon.url, size=size) as ui:
        await ui.live()
        await ui.until(" web")
        await ui.press(*presses)
        text = await ui.until(*words)
        daemon.over.set()

    assert len(text.splitlines()) == size[1]
    check(f"{name}-{size[0]}x{size[1]}", text)


async def test_without_colour_everything_is_grey(daemon, tmp_path) -> None:
    """NO_COLOR and --no-color: symbols and words say it all."""
    async with opened(world(tmp_path), daemon.url, colour=False) as ui:
        await ui.live()
        await ui.until("✗ unhealthy", "● running", "◐ partial")
        filters = ui.app.get_line_filters()
        strips = [
            each.apply(list(strip), ui.app.screen.background_colors[1])
            for strip in ui.app.screen._compositor.render_strips()
            for each in filters
        ]
        daemon.over.set()

    shades = {
        tuple(segment.style.color.get_truecolor())
        for strip in strips
        for segment in strip
        if segment.style and segment.style.color
    }
    assert shades
    assert all(red == green == blue for red, green, blue in shades)


async def test_a_lost_connection_keeps_the_picture_with_its_age(daemon, tmp_path) -> None:
    """It says so, goes on showing what was, and is back by itself when the daemon is."""
    env = world(tmp_path)
    async with opened(env, daemon.url) as ui:
        await ui.live()
        await ui.until(" web")
        before = daemon.routes["GET /v1/events"]

        def away(_):
            raise stub.Hang

        daemon.on("GET /v1/events", away)
        daemon.over.set()
        await ui.until("✗ lost", "what is shown is", " web", "connection lost")
        assert ui.app.screen.has_class("-stale")
        env.elapsed = 200.0
        await ui.until("what is shown is 3 min old")
        daemon.over.clear()
        daemon.on("GET /v1/events", before)
        await ui.until("● live", "connected again", gone=("what is shown is",))
        daemon.over.set()


async def test_a_daemon_that_was_never_there_is_waited_for(tmp_path) -> None:
    """With the reason; the keys work meanwhile."""
    async with opened(world(tmp_path), f"unix://{tmp_path}/none.sock") as ui:
        await ui.until("there is no daemon at", "waiting for the daemon")
        await ui.press("question_mark")
        await ui.until("Everywhere:")


async def test_two_thousand_stacks_are_drawn_by_the_screenful(daemon, tmp_path) -> None:
    """Rows that are not seen are not drawn; the last one is one key away."""
    many = tuple(samples.stack(f"local/s{n:05}") for n in range(2000))
    daemon.on("GET /v1/stacks", lambda _: stacks_page(many))
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.until("2000 stacks")
        grid = ui.app.screen.query_one("#rows")
        drawn: list[int] = []
        draw = grid.render_line
        grid.render_line = lambda y: drawn.append(y) or draw(y)
        await ui.press("end")
        await ui.until("s01999")
        daemon.over.set()

    assert 0 < len(drawn) < 200


def stacks_page(items):
    from dockschedd.wire.stacks import StackPage

    return StackPage(items=items)


async def test_a_long_text_scrolls_above_the_buttons_of_its_window(daemon, tmp_path) -> None:
    """Neither the last line nor the buttons are out of reach in a small terminal."""
    lines = [f"line {n:02}." for n in range(60)]
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        for window, button in (
            (Details(title="d", lines=lines), "Close (Esc)"),
            (Confirm(title="c", lines=lines, verb="Stop"), "Stop (y)"),
        ):
            ui.app.push_screen(window)
            await ui.until("line 00.", button, gone=("line 59.",))
            await ui.press(*["down"] * 60)
            await ui.until("line 59.", button)
            await ui.press("escape")
        daemon.over.set()
