"""The page of the users."""

from __future__ import annotations

from dockschedctl.ui.rows import users
from dockschedd.core.permissions import ROLES
from dockschedd.wire import access
from tests.ctl import samples
from tests.ui.conftest import opened, world
from tests.ui.test_login import log_in
from tests.ui.test_screens import check


async def open_users(ui, *words: str) -> str:
    await ui.live()
    await ui.press("U")
    return await ui.until("PASSWORD SINCE", *words)


async def test_users_are_shown_with_role_and_state(daemon, tmp_path) -> None:
    """Each in full on demand."""
    daemon.on("GET /v1/users/alice", samples.user())
    async with opened(world(tmp_path), daemon.url) as ui:
        text = await open_users(ui, "● enabled", "■ disabled")
        check("users-80x24", text)
        await ui.press("enter")
        await ui.until("alice: operator", "password changed:")
        daemon.over.set()


async def test_a_user_is_disabled_and_enabled_again(real) -> None:
    """What that means is said first; what is refused or left changes nothing."""
    await real.daemon.add_user("oscar", "operator")
    async with real.ui() as ui:
        await open_users(ui, "oscar", "1 user")
        await ui.press("d")
        await ui.until("disable oscar", "schedules of oscar are left out", "Disable (y)")
        await ui.press("escape")
        await ui.until("● enabled", gone=("Disable (y)",))
        await ui.press("d", "y")
        await ui.until("■ disabled", "oscar is disabled, operator", "■ 1 disabled")
        await ui.press("d")
        await ui.until("enable oscar", "oscar (operator) can log in again")
        await ui.pilot.click("#yes")
        await ui.until("● enabled", gone=("■ disabled",))


async def test_a_user_gets_another_role(real) -> None:
    """Chosen from all, each with what it may do, and agreed to."""
    await real.daemon.add_user("oscar", "operator")
    async with real.ui() as ui:
        await open_users(ui, "oscar")
        await ui.press("c")
        check("roles-80x24", await ui.until("role of oscar", "(•) operator: also acts"))
        await ui.pilot.click("#admin")
        await ui.pilot.click("#yes")
        await ui.until("operator → admin", "all sessions of oscar end")
        await ui.press("y")
        await ui.until("oscar is enabled, admin", gone=("→",))
        await ui.press("c")
        await ui.until("(•) admin")
        await ui.press("escape")
        await ui.until("PASSWORD SINCE", gone=("role of oscar",))
    async with real.daemon.store.reading() as unit:
        assert (await unit.users.get("oscar")).role == "admin"


async def test_the_last_administrator_cannot_lock_everybody_out(real) -> None:
    """In the daemon's words; and whoever changes themselves is told so."""
    await real.daemon.add_user("ada", "admin")
    async with real.remote_ui() as ui:
        await log_in(ui, "ada")
        await open_users(ui, "ada")
        await ui.press("d")
        await ui.until("disable ada", "! that is you")
        await ui.press("y")
        await ui.until("✗ ", "administrator", "● enabled")


async def test_who_may_only_read_users_changes_none(daemon, tmp_path) -> None:
    """Neither keys in the footer, nor do they do anything."""
    reader = access.Me(
        user="eve", role="auditor", method="password", expires_at=None,
        permissions=("stack.read", "user.read"),
    )  # fmt: skip
    daemon.on("GET /v1/me", reader)
    async with opened(world(tmp_path), daemon.url) as ui:
        text = await open_users(ui, "alice")
        assert "Disable" not in text
        assert "Change role" not in text
        await ui.press("d", "c")
        await ui.until("PASSWORD SINCE", gone=("role of", "disable alice"))
        daemon.over.set()


def test_roles_are_those_of_the_daemon() -> None:
    """And sorted by role, whoever may do most comes first."""
    assert users.ROLES.keys() == ROLES.keys()
    found = sorted((samples.user(role=role) for role in ROLES), key=users.ORDERS["role"])
    assert [user.role for user in found] == ["admin", "operator", "viewer"]
