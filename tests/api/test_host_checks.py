"""Checks of hosts over the API, and what hosts are warned of."""

from __future__ import annotations

from dataclasses import replace

from dockschedd.core import checks


async def test_a_check_tells_what_each_step_has_found(daemon) -> None:
    """In order, with how to mend what failed; whoever may read hosts may check them."""
    daemon.roster.found["local"] = (
        checks.Finding(
            step=checks.Step.SOCKET, outcome=checks.Outcome.OK, message="/s is a socket"
        ),
        checks.Finding(
            step=checks.Step.PERMISSION,
            outcome=checks.Outcome.FAILED,
            message="no",
            hint="mend it",
        ),
    )
    token = await daemon.token("vera", "viewer")
    reply = await daemon.call("POST", "/v1/hosts/local/check", token=token)

    assert reply.json == {
        "host": "local",
        "ok": False,
        "findings": [
            {"step": "socket", "outcome": "ok", "message": "/s is a socket", "hint": None},
            {"step": "permission", "outcome": "failed", "message": "no", "hint": "mend it"},
        ],
    }


async def test_warnings_are_no_failure(daemon) -> None:
    """The host works."""
    daemon.roster.found["local"] = (
        checks.Finding(step=checks.Step.CLOCK, outcome=checks.Outcome.WARNING, message="late"),
    )

    assert (await daemon.local("POST", "/v1/hosts/local/check")).json["ok"] is True


async def test_a_host_that_there_is_not_cannot_be_checked(daemon) -> None:
    """As with everything else that names it."""
    assert (await daemon.local("POST", "/v1/hosts/lokal/check")).code == "host-not-found"


async def test_what_a_host_is_warned_of_is_told_wherever_it_is_shown(daemon) -> None:
    """As its first note."""
    views = daemon.inventory.views
    views["local"] = replace(views["local"], warnings=("the certificate expires today",))

    for path in ("/v1/hosts/local", "/v1/hosts", "/v1/status"):
        answer = (await daemon.local("GET", path)).json
        rows = answer.get("items") or answer.get("hosts") or [answer]
        (row,) = (each for each in rows if each["name"] == "local")
        assert row["notes"] == ["the certificate expires today"]
