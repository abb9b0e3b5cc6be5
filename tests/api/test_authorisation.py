"""Who may do what: every operation for everybody, exactly as the table of routes says."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from dockschedd.api.routes import AUTHENTICATED, PUBLIC, ROUTES
from dockschedd.core import permissions
from tests.api.daemon import Daemon

#: Written down once more by hand, so that a slip in the table is seen.
ANYBODY = {"health", "ready", "openapi", "login", "refresh"}
WHOEVER_IS_LOGGED_IN = {"logout", "whoami", "passwd"}
VIEWER = {
    *(
        "status",
        "events",
        "list_hosts",
        "show_host",
        "check_host",
        "list_stacks",
        "show_stack",
        "plan",
    ),
    *("list_runs", "show_run", "list_holds", "run_stats", "why_stack", "list_conflicts"),
    *("list_upcoming", "show_week"),
    *("list_schedules", "show_schedule", "preview_schedule", "preview"),
    *("plan_schedule", "list_requirements"),
    *("list_calendars", "show_calendar", "metrics", "list_groups", "show_group"),
}
OPERATOR = VIEWER | {
    *("act", "cancel_run", "resume_run", "run_schedule", "hold", "release"),
    *("add_schedule", "edit_schedule", "remove_schedule", "enable_schedule", "disable_schedule"),
    *("draft_schedule", "draft_edit"),
    *("apply_schedules", "add_calendar", "edit_calendar", "remove_calendar"),
    *("add_requirements", "remove_requirement"),
}
ADMIN = OPERATOR | {
    *("list_users", "add_user", "show_user", "edit_user", "remove_user"),
    *("list_audit", "verify_audit", "freeze", "thaw"),
    *("add_host", "edit_host", "remove_host"),
    *("add_group", "edit_group", "remove_group"),
}
MAY = {"nobody": set(), "viewer": VIEWER, "operator": OPERATOR, "admin": ADMIN, "local": ADMIN}
NAMES = {
    "host": "local",
    "stack": "web",
    "needed_host": "local",
    "needed_stack": "mail",
    "run": "0",
    "schedule": "nightly",
    "user": "bystander",
    "calendar": "holidays",
    "group": "edge",
}


async def status_of(
    daemon: Daemon, route, *, token: str | None = None, local: bool = False
) -> int:
    """The status of a request without a body, of which only the head is read."""
    session, base = daemon.session(local=local)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.request(
        route.method, base + route.path.format(**NAMES), headers=headers
    ) as response:
        return response.status


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.op)
async def test_an_operation_lets_in_exactly_whom_the_table_says(daemon, route) -> None:
    """Nobody else gets further than 401 or 403, whatever is wrong with their request."""
    callers = {"nobody": {}, "local": {"local": True}}
    for role in permissions.ROLES:
        callers[role] = {"token": await daemon.token(role, role)}

    for who, how in callers.items():
        if route.op in ANYBODY:
            expected = None
        elif who == "nobody":
            expected = 401
        else:
            allowed = route.op in MAY[who] | WHOEVER_IS_LOGGED_IN
            expected = None if allowed else 403
        status = await status_of(daemon, route, **how)

        assert (status in {401, 403}, who) == (expected is not None, who)
        assert expected in {None, status}


def test_the_table_says_what_is_written_down_here() -> None:
    """Roles and permissions together give the lists above."""
    for role, granted in permissions.ROLES.items():
        assert {route.op for route in ROUTES if route.needs in granted} == MAY[role]
    assert {route.op for route in ROUTES if route.needs == PUBLIC} == ANYBODY
    assert {r.op for r in ROUTES if r.needs == AUTHENTICATED} == WHOEVER_IS_LOGGED_IN


async def test_somebody_who_may_not_learns_nothing_about_what_is_there(daemon) -> None:
    """403 comes before the body is read and before anything is looked up."""
    token = await daemon.token("alice", "viewer")
    known = await daemon.call("DELETE", "/v1/users/alice", token=token)
    unknown = await daemon.call("DELETE", "/v1/users/nobody", token=token)
    nonsense = await daemon.call("POST", "/v1/users", token=token, data=b"{")

    assert [known.json, unknown.json] == [nonsense.json] * 2
    assert "user.write" in known.json["detail"]


async def test_a_refusal_of_somebody_known_is_audited(daemon) -> None:
    """With who, from where, and what they wanted."""
    token = await daemon.token("alice", "viewer")
    await daemon.call("DELETE", "/v1/users/bob", token=token)

    last = (await daemon.audit())[-1]
    assert (last.actor, last.origin, last.outcome) == ("alice", "127.0.0.1", "refused")
    assert (last.action, last.target) == ("request", "DELETE /v1/users/bob")


async def test_requests_of_nobody_are_not_audited(daemon) -> None:
    """Without a token nobody can make the audit log grow."""
    for _ in range(30):
        assert (await daemon.call("GET", "/v1/stacks")).status == 401

    assert await daemon.audit() == []


async def test_bad_tokens_are_audited_but_not_without_end(daemon) -> None:
    """A flood of them leaves a trace, and the disk is not theirs to fill."""
    for _ in range(60):
        reply = await daemon.call("GET", "/v1/stacks", token="not.a.token")

        assert (reply.status, reply.code) == (401, "token-invalid")

    entries = await daemon.audit()
    assert {entry.outcome for entry in entries} == {"refused"}
    assert len(entries) == 20


async def test_a_401_says_how_to_log_in(daemon) -> None:
    """WWW-Authenticate names the scheme, and the error only where there was a token."""
    without = await daemon.call("GET", "/v1/me")
    with_one = await daemon.call("GET", "/v1/me", token="x")
    other = await daemon.call("GET", "/v1/me", headers={"Authorization": "Basic YTpi"})

    assert without.headers["WWW-Authenticate"] == "Bearer"
    assert with_one.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert (without.code, with_one.code, other.code) == (
        *("unauthenticated", "token-invalid", "token-invalid"),
    )


async def test_a_token_wins_over_the_peer(daemon) -> None:
    """Whoever is root and sends a viewer's token is that viewer; a bad one makes nobody."""
    token = await daemon.token("alice", "viewer")

    assert (await daemon.local("GET", "/v1/me")).json["user"] == "local"
    assert (await daemon.local("GET", "/v1/me", token=token)).json["user"] == "alice"
    assert (await daemon.local("GET", "/v1/users", token=token)).status == 403
    assert (await daemon.local("GET", "/v1/me", token="x")).code == "token-invalid"


ASK = """
import http.client, os, socket, sys
os.setgid(65534); os.setuid(int(sys.argv[2]))
c = http.client.HTTPConnection("localhost")
c.sock = socket.socket(socket.AF_UNIX); c.sock.connect(sys.argv[1])
c.request("GET", "/v1/me"); r = c.getresponse(); print(r.status, r.read().decode())
"""


async def ask_as(daemon: Daemon, uid: int) -> str:
    """What whoami answers to another Unix user."""
    for place in (daemon.socket, *daemon.socket.parents[:-2]):
        place.chmod(place.stat().st_mode | 0o007)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ASK, str(daemon.socket), str(uid)), stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
async def test_other_unix_users_have_to_log_in_unless_they_are_mapped(start) -> None:
    """The kernel says who they are; the configuration, for whom they stand; the database, what
    that user may, and whether they still may.
    """
    async with start(peer_users={"4321": "alice", "4322": "nobody-here"}) as daemon:
        assert (await ask_as(daemon, 4320)).startswith("401")
        assert (await ask_as(daemon, 4321)).startswith("401")
        alice = await daemon.add_user("alice", "operator")

        assert '"role":"operator"' in await ask_as(daemon, 4321)
        assert '"method":"peer"' in await ask_as(daemon, 4321)
        assert (await ask_as(daemon, 4322)).startswith("401")

        async with daemon.store.transaction() as unit:
            await unit.users.replace(replace(alice, disabled=True))
        assert (await ask_as(daemon, 4321)).startswith("401")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
async def test_a_proxy_does_not_lend_its_own_rights(daemon, header) -> None:
    """What root's reverse proxy passes on over the socket has to log in."""
    reply = await daemon.local("GET", "/v1/me", headers={header: "for=192.0.2.1"})
    token = await daemon.token("alice", "viewer")
    alice = await daemon.local("GET", "/v1/me", token=token, headers={header: "for=192.0.2.1"})

    assert (reply.status, alice.json["user"]) == (401, "alice")
