"""Logging in from the UI, against the real API over TCP."""

from __future__ import annotations

from datetime import timedelta

from dockschedctl import contexts
from tests.api import daemon as parts
from tests.ui.conftest import opened, world


async def log_in(ui, user: str | None, password: str = parts.PASSWORD) -> None:
    """Answer the questions of the login screen."""
    await ui.until("Password (never stored)")
    if user is not None:
        await ui.write(user)
        await ui.press("enter")
    await ui.write(password)
    await ui.press("enter")


async def test_whoever_needs_a_login_is_asked_for_it(real) -> None:
    """The server becomes the current context; the password is nowhere on the disk."""
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await ui.until("Log in", "remember the server")
        await log_in(ui, "alice")
        await ui.until("● live", "alice (operator)", " web", gone=("Password",))

    config = real.home / ".config" / "dockschedctl"
    assert contexts.load(config).contexts["127.0.0.1"].server == real.daemon.tcp
    assert contexts.load(config).current == "127.0.0.1"
    stored = b"".join(path.read_bytes() for path in config.rglob("*") if path.is_file())
    assert parts.PASSWORD.encode() not in stored
    assert b"alice" in stored


async def test_a_wrong_password_is_told_beside_the_form(real) -> None:
    """And the next attempt may be right."""
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "alice", "wrong")
        await ui.until("✗ user name or password is wrong")
        await ui.press(*["backspace"] * 5)
        await log_in(ui, None)
        await ui.until("● live", "alice (operator)")


async def test_a_server_that_is_no_address_is_told_beside_the_form(real) -> None:
    """Nothing is sent; the server that was in use stays."""
    async with real.remote_ui() as ui:
        await ui.until("Password (never stored)")
        ui.app.screen.query_one("#server").value = "http://docker1.example:80"
        await log_in(ui, "alice")
        await ui.until("plain http would show passwords")
        assert ui.app.link.server.url == real.daemon.tcp


async def test_an_ended_session_asks_again_and_goes_back_to_the_same_place(real) -> None:
    """The stack that was being looked at is still there; the name is known already."""
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "alice")
        await ui.until("● live", " web")
        await ui.press("end", "enter")
        await ui.until("1 Containers", "web-app-1")
        async with real.daemon.store.transaction() as unit:
            user = await unit.users.get("alice")
            await unit.users.revoke_all(user.id, at=real.daemon.clock.now())
        await ui.press("ctrl+r")
        await ui.until("Log in", "Password (never stored)")
        await log_in(ui, None)
        await ui.until("● live", "1 Containers", "web-app-1", gone=("Password",))


async def test_an_expired_access_token_is_renewed_without_a_word(real) -> None:
    """Nobody is asked as long as the session lives."""
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "alice")
        await ui.until("● live", " web")
        real.daemon.clock._now += timedelta(minutes=20)
        await ui.press("ctrl+r")
        await ui.press("end", "enter")
        await ui.until("web-app-1", gone=("Password",))


async def test_a_viewer_is_not_offered_what_would_be_refused(real) -> None:
    """Neither keys in the footer, nor buttons, nor the key help, nor the keys themselves."""
    await real.daemon.add_user("eve", "viewer")
    async with real.remote_ui(size=(100, 45)) as ui:
        await log_in(ui, "eve")
        await ui.until("● live", "eve (viewer)", "⏎ Open", gone=("Stop", "Mark"))
        await ui.press("end", "x")
        await ui.press("question_mark")
        await ui.until("Keys: dashboard", gone=("Stop", "Mark for"))
        await ui.press("escape", "enter")
        await ui.until("1 Containers", "web-app-1", gone=("Stop x", "Hold"))


async def test_somebody_else_logs_in_without_leaving(real) -> None:
    """The key asks again; what the new user may do counts at once."""
    await real.daemon.add_user("eve", "viewer")
    await real.daemon.add_user("alice", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "eve")
        await ui.until("eve (viewer)", gone=("Password",))
        await ui.press("l")
        await ui.until("Password (never stored)")
        ui.app.screen.query_one("#user").value = "alice"
        await log_in(ui, None)
        await ui.until("alice (operator)", "x Stop")


async def test_a_login_that_is_left_leaves_the_picture(real) -> None:
    """Escape: what was read stays, with what is wrong above it."""
    async with opened(world(real.home), real.daemon.tcp) as ui:
        await ui.until("Log in")
        await ui.press("escape")
        await ui.until("✗ logged out", gone=("Password",))
