"""Before the hosts have been looked at, requests about them wait instead of misleading."""

from __future__ import annotations

import asyncio

from dockschedd.api import routes
from dockschedd.core.permissions import Permission


async def test_a_request_about_stacks_waits_for_the_first_look(daemon):
    """It is answered when the hosts have been looked at; health is answered at once."""
    daemon.services.looked.clear()
    waiting = asyncio.create_task(daemon.local("GET", "/v1/stacks"))
    health = await daemon.call("GET", "/healthz")
    waited = not waiting.done()
    daemon.services.looked.set()
    reply = await waiting

    assert health.status == 200
    assert waited
    assert reply.status == 200


def test_only_what_needs_no_permission_is_answered_before():
    """Health, the description and logins do not speak of stacks."""
    early = {r.op for r in routes.ROUTES if not isinstance(r.needs, Permission)}

    assert early == {
        "health", "ready", "openapi", "login", "refresh", "logout", "whoami", "passwd",
    }  # fmt: skip
