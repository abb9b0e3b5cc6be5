"""From page to page."""

from __future__ import annotations

import subprocess
import sys

from dockschedd.wire import access
from tests.patience import eventually
from tests.ui.conftest import opened, world
from tests.ui.test_login import log_in


def pages(ui) -> list[str]:
    return [type(screen).__name__ for screen in ui.app.screen_stack]


async def test_a_key_goes_to_a_page_from_everywhere(daemon, tmp_path) -> None:
    """From a stack too; what was opened on the way is not piled up."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("H")
        await ui.until("LOST OR NOTES", "✗ unreachable")
        assert pages(ui) == ["Dashboard", "HostsPage"]
        await ui.press("D")
        await ui.until("3 stacks", gone=("LOST OR NOTES",))
        await ui.press("end", "up", "enter")
        await ui.until("1 Containers")
        await ui.press("H")
        await ui.until("LOST OR NOTES", gone=("1 Containers",))
        assert pages(ui) == ["Dashboard", "HostsPage"]
        await ui.press("H")
        assert pages(ui) == ["Dashboard", "HostsPage"]
        daemon.over.set()


async def test_a_click_on_the_bar_goes_there(daemon, tmp_path) -> None:
    """As its key does; Escape goes back."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        line = next(n for n, text in enumerate(ui.text.splitlines()) if "D Stacks" in text)
        column = ui.text.splitlines()[line].index("H Hosts")
        await ui.pilot.click(offset=(column + 2, line))
        await ui.until("LOST OR NOTES", "Esc Back")
        await ui.press("escape")
        await ui.until("3 stacks")
        assert pages(ui) == ["Dashboard"]
        daemon.over.set()


async def test_the_dashboard_stays_as_it_was(daemon, tmp_path) -> None:
    """With its filter, also while one is elsewhere."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("slash")
        await ui.write("web")
        await ui.press("enter")
        await ui.until("1 of 3 stacks: /web")
        await ui.press("H")
        await ui.until("LOST OR NOTES")
        await ui.press("D")
        await ui.until("1 of 3 stacks: /web")
        daemon.over.set()


async def test_where_one_may_not_go_is_neither_shown_nor_gone_to(daemon, tmp_path) -> None:
    """Not in the bar, not in the key help, and the key does nothing."""
    less = access.Me(
        user="eve", role="viewer", method="password", expires_at=None, permissions=("stack.read",)
    )
    daemon.on("GET /v1/me", less)
    async with opened(world(tmp_path), daemon.url, size=(80, 50)) as ui:
        await ui.live()
        await ui.until("D Stacks", gone=("H Hosts",))
        await ui.press("H", "question_mark")
        await ui.until("Keys: dashboard", "Go to all stacks", gone=("Go to the hosts",))
        daemon.over.set()

    assert daemon.asked["GET /v1/hosts"] == 0


async def test_the_palette_goes_there_too(daemon, tmp_path) -> None:
    """By the name of the page."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        await ui.press("ctrl+p")
        await ui.write("hosts")
        await eventually(lambda: "Go to the hosts" in ui.text)
        await ui.press("down", "enter")
        await ui.until("LOST OR NOTES")
        daemon.over.set()


async def test_a_page_is_imported_when_one_goes_there(daemon, tmp_path) -> None:
    """The first picture does not wait for it."""
    name = "dockschedctl.ui.screens.hosts"
    sys.modules.pop(name, None)
    async with opened(world(tmp_path), daemon.url) as ui:
        await ui.live()
        assert name not in sys.modules
        await ui.press("H")
        await ui.until("LOST OR NOTES")
        assert name in sys.modules
        daemon.over.set()


async def test_somebody_else_does_not_see_what_was_read_before(real) -> None:
    """Where the new user may not be, there is the dashboard; elsewhere everything is read anew."""
    await real.daemon.add_user("ada", "admin")
    await real.daemon.add_user("eve", "viewer")
    async with real.remote_ui() as ui:
        await log_in(ui, "ada")
        await ui.until("ada (admin)", "U Users", gone=("Password",))
        await ui.press("U")
        await ui.until("PASSWORD SINCE", "● enabled")
        await ui.press("l")
        await ui.until("Password (never stored)")
        ui.app.screen.query_one("#user").value = "eve"
        await log_in(ui, None)
        await ui.until("eve (viewer)", "3 stacks", gone=("U Users", "PASSWORD SINCE"))
        assert pages(ui) == ["Dashboard"]
        await ui.press("H")
        await ui.until("LOST OR NOTES", "✓ reachable")


def test_the_first_picture_waits_for_no_form() -> None:
    """What is not on it is imported when it is needed: forms cost a tenth of the time."""
    code = "import sys, dockschedctl.ui.app; print(*sys.modules)"
    known = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    late = {"holding", "login", "keyhelp", "messages", "details", "listing", "stack"}
    assert not {f"dockschedctl.ui.screens.{name}" for name in late} & set(known)
    assert "textual.widgets._radio_set" not in known
