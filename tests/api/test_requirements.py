"""Requirements between stacks over the API: said, shown, and what actions make of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockschedd.core import model
from tests.api.daemon import container

WEB = "/v1/stacks/local/web/requirements"
EXITED = model.ContainerState.EXITED


def exists(daemon, name: str, state=model.ContainerState.RUNNING, **changes) -> None:
    """There is a stack of one container in that state."""
    one = container("x", state=state, restart_policy="no", **changes)
    if state is EXITED:
        one = replace(one, exit_code=0, ended=model.Ended.STOPPED)
    daemon.inventory.by_ref[model.StackRef("local", name)] = (one,)


async def act(daemon, action: str, *selectors: str, **rest):
    body = {"action": action, "selectors": selectors, "options": rest}
    return await daemon.local("POST", "/v1/runs", json=body)


async def test_a_requirement_is_said_shown_and_taken_back(daemon) -> None:
    """By an operator; the list and both stacks tell of it, and the log of both changes."""
    token = await daemon.token("alice", "operator")
    said = await daemon.call("POST", WEB, token=token, json={"on": ["mail"]})
    again = await daemon.call("POST", WEB, token=token, json={"on": ["local/mail"]})
    listed = await daemon.local("GET", "/v1/requirements")
    of_mail = await daemon.local("GET", "/v1/requirements?stack=mail")
    web = (await daemon.local("GET", "/v1/stacks/local/web")).json
    mail = (await daemon.local("GET", "/v1/stacks/local/mail")).json
    gone = await daemon.call("DELETE", f"{WEB}/local/mail", token=token)
    twice = await daemon.call("DELETE", f"{WEB}/local/mail", token=token)

    (item,) = said.json["items"]
    assert (said.status, again.json) == (201, said.json)
    assert (item["stack"], item["needs"], item["origin"]) == ("local/web", "local/mail", "command")
    assert (item["owner"], item["ignored"]) == ("alice", "")
    assert listed.json == of_mail.json == said.json
    assert (web["needs"], web["needed_by"]) == (["local/mail"], [])
    assert (mail["needs"], mail["needed_by"]) == ([], ["local/web"])
    assert (gone.status, twice.code) == (204, "requirement-not-found")
    log = [(e.action, e.target, e.detail) for e in await daemon.audit() if e.actor == "alice"]
    assert log[-2:] == [
        ("requirement.add", "local/web", "local/web needs local/mail"),
        ("requirement.remove", "local/web", "local/web does not need local/mail any more"),
    ]


async def test_a_cycle_is_refused_with_its_path(daemon) -> None:
    """Also one that goes through a label; nothing of the request is kept."""
    exists(daemon, "db", requires=("mail",))
    exists(daemon, "mq")
    first = await daemon.local("POST", WEB, json={"on": ["db"]})
    path = "/v1/stacks/local/mail/requirements"
    refused = await daemon.local("POST", path, json={"on": ["mq", "web"]})
    itself = await daemon.local("POST", WEB, json={"on": ["web"]})

    assert first.status == 201
    assert refused.code == itself.code == "requirement-cycle"
    assert refused.json["detail"] == (
        "stacks would need each other: local/mail → local/web → local/db → local/mail"
    )
    assert itself.json["detail"] == "stacks would need each other: local/web → local/web"
    kept = (await daemon.local("GET", "/v1/requirements")).json["items"]
    assert [(e["needs"], e["origin"]) for e in kept] == [
        ("local/mail", "label"),
        ("local/db", "command"),
    ]


async def test_only_what_exists_can_be_needed_or_may_be_away(daemon) -> None:
    """A name that nothing has is refused; a stack of a host that is away is not."""
    missing = await daemon.local("POST", WEB, json={"on": ["local/mial"]})
    host = await daemon.local("POST", WEB, json={"on": ["nohost/mail"]})
    pattern = await daemon.local("POST", WEB, json={"on": ["local/*"]})
    away = await daemon.local("POST", WEB, json={"on": ["away/db"]})

    assert (missing.code, host.code) == ("stack-not-found", "host-not-found")
    assert "did you mean" in missing.json["hint"]
    assert pattern.json["faults"][0]["path"] == "on[0]"
    assert away.status == 201


async def test_a_label_is_shown_and_cannot_be_taken_back(daemon) -> None:
    """With what is wrong with it."""
    exists(daemon, "db", requires=("mail", "gone"))
    listed = (await daemon.local("GET", "/v1/requirements")).json["items"]
    refused = await daemon.local("DELETE", "/v1/stacks/local/db/requirements/local/mail")

    assert [(e["needs"], e["origin"], bool(e["ignored"])) for e in listed] == [
        ("local/gone", "label", True),
        ("local/mail", "label", False),
    ]
    assert "a label says so" in refused.json["hint"]


async def test_a_start_starts_what_it_needs_in_the_same_transaction(daemon) -> None:
    """One more run, with its cause, the same actor and a record of its own."""
    exists(daemon, "mail", EXITED)
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    reply = await act(daemon, "start", "web")

    mail, web = reply.json["items"]
    assert (mail["stack"], mail["cause_kind"]) == ("local/mail", "requirement")
    assert mail["cause"] == "required by `local/web`: asked for by local"
    assert (web["stack"], web["after"]) == ("local/web", [mail["id"]])
    log = [(e.action, e.target) for e in await daemon.audit()]
    assert log[-2:] == [("stack.start", "local/mail"), ("stack.start", "local/web")]


async def test_a_stop_of_what_is_needed_is_refused_at_once(daemon) -> None:
    """With who needs it and what to do; the other words for dependents are obeyed."""
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    refused = await act(daemon, "stop", "mail")
    none = (await daemon.local("GET", "/v1/runs")).json["items"]
    both = await act(daemon, "stop", "local/*")
    wrong = await act(daemon, "stop", "mail", dependents="panic")

    assert (refused.status, refused.code) == (409, "dependents-up")
    assert refused.json["detail"] == (
        "`local/mail` is not stopped: `local/web`, which needs it, is up"
    )
    assert "--dependents stop" in refused.json["hint"]
    assert none == []
    assert [r["stack"] for r in both.json["items"]] == ["local/web", "local/mail"]
    assert wrong.json["faults"][0]["path"] == "options.dependents"


@pytest.mark.parametrize(
    ("dependents", "stacks"),
    [("stop", ["local/web", "local/mail"]), ("ignore", ["local/mail"])],
)
async def test_dependents_are_stopped_or_ignored_as_asked(daemon, dependents, stacks) -> None:
    """Stopped first, by a run of their own, or left alone."""
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    reply = await act(daemon, "stop", "mail", dependents=dependents)

    assert [r["stack"] for r in reply.json["items"]] == stacks


async def test_a_request_that_is_sent_twice_makes_its_extra_runs_once(daemon) -> None:
    """The answer has them both times."""
    exists(daemon, "mail", EXITED)
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    body = {"action": "start", "selectors": ["web"]}
    key = {"Idempotency-Key": "1"}
    first = await daemon.local("POST", "/v1/runs", json=body, headers=key)
    again = await daemon.local("POST", "/v1/runs", json=body, headers=key)

    assert [r["id"] for r in first.json["items"]] == [r["id"] for r in again.json["items"]]
    assert len(first.json["items"]) == 2


async def test_what_is_needed_on_a_lost_host_refuses_a_start(daemon) -> None:
    """Nobody knows whether it is up: nothing is done, and that is said."""
    await daemon.local("POST", WEB, json={"on": ["away/far"]})
    reply = await act(daemon, "start", "web")

    assert reply.code == "host-unreachable"
    assert reply.json["detail"] == "the host `away` of `away/far` cannot be reached: no route"
    assert (await daemon.local("GET", "/v1/runs")).json["items"] == []


async def test_a_hold_brings_up_what_its_stack_needs_and_refuses_what_others_need(daemon) -> None:
    """As an action by hand does."""
    exists(daemon, "mail", EXITED)
    exists(daemon, "db", EXITED)
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    await daemon.local("POST", "/v1/stacks/local/mail/requirements", json={"on": ["db"]})
    path = "/v1/stacks/local/{}/hold"
    up = await daemon.local("PUT", path.format("mail"), json={"wants": "up", "forever": True})
    runs = (await daemon.local("GET", "/v1/runs")).json["items"]
    down = await daemon.local("PUT", path.format("mail"), json={"wants": "down", "forever": True})

    assert up.json["run"]["stack"] == "local/mail"
    assert {r["stack"] for r in runs} == {"local/mail", "local/db"}
    assert down.code == "dependents-up"
    assert "--no-act" in down.json["hint"]
    assert (await daemon.local("GET", "/v1/holds")).json["items"] == [up.json["hold"]]


async def test_a_plan_shows_the_runs_in_order_with_the_extra_ones(daemon) -> None:
    """Why they are there, and what each comes after."""
    exists(daemon, "mail", EXITED)
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    body = {"action": "start", "selectors": ["web"]}
    mail, web = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]

    assert (mail["stack"], mail["action"]) == ("local/mail", "start")
    assert mail["cause"] == "required by `local/web`: asked for by local"
    assert [s["verb"] for s in mail["steps"]] == ["start"]
    assert (web["cause"], web["after"]) == ("", ["local/mail"])


async def test_a_plan_says_that_it_would_be_refused(daemon) -> None:
    """And what is wrong with labels; the steps are shown all the same."""
    exists(daemon, "db", requires=("mail", "gone"))
    body = {"action": "stop", "selectors": ["mail"]}
    (mail,) = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]
    body = {"action": "start", "selectors": ["db"]}
    *_, db = (await daemon.local("POST", "/v1/plans", json=body)).json["items"]

    (warning,) = mail["warnings"]
    assert warning == (
        "it would be refused as things are: `local/mail` is not stopped: "
        "`local/db`, which needs it, is up"
    )
    assert [s["verb"] for s in mail["steps"]] == ["stop"]
    assert any("names `gone`" in text for text in db["warnings"])


async def test_a_schedule_keeps_what_it_says_of_dependents(daemon) -> None:
    """Added, edited and shown with its options."""
    body = {
        "name": "n",
        "action": "stop",
        "selector": "local/mail",
        "cron": "0 22 * * *",
        "options": {"dependents": "stop"},
    }
    made = await daemon.local("POST", "/v1/schedules", json=body)
    edited = await daemon.local(
        "PATCH", "/v1/schedules/n", json={"options": {"dependents": "ignore"}}
    )

    assert made.json["options"]["dependents"] == "stop"
    assert edited.json["options"]["dependents"] == "ignore"


async def test_why_tells_of_requirements(daemon) -> None:
    """What a stack needs and has not; what a run that waits comes after; nothing of the past."""
    exists(daemon, "mail", EXITED)
    exists(daemon, "db", health=model.Health.STARTING)
    await daemon.local("POST", WEB, json={"on": ["mail", "db", "away/far"]})
    reply = await act(daemon, "start", "local/mail", "local/db")
    lines = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]
    past = "/v1/stacks/local/web/why?at=2026-11-24T11:00:00Z"
    before = (await daemon.local("GET", past)).json["lines"]

    assert reply.status == 202
    assert [line["text"] for line in lines if line["kind"] == "needs"] == [
        "it needs `away/far`, whose host cannot be reached",
        "it needs `local/db`, which is not healthy yet",
        "it needs `local/mail`, which is stopped",
    ]
    assert [line for line in before if line["kind"] == "needs"] == []


async def test_why_tells_what_a_waiting_run_comes_after(daemon) -> None:
    """By the id of the run."""
    exists(daemon, "mail", EXITED)
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    mail, _ = (await act(daemon, "start", "web")).json["items"]
    lines = (await daemon.local("GET", "/v1/stacks/local/web/why")).json["lines"]

    (waiting,) = [line["text"] for line in lines if line["kind"] == "did-not"]
    assert waiting == (
        f"start by local is waiting: asked for by local; it comes after run {mail['id']}"
    )


async def test_saving_a_schedule_warns_of_what_it_will_leave_up(daemon) -> None:
    """Not where it says what becomes of dependents, nor where they go down with it."""
    await daemon.local("POST", WEB, json={"on": ["mail"]})
    body = {"action": "stop", "selector": "local/mail", "cron": "0 22 * * *"}
    made = await daemon.local("POST", "/v1/schedules", json={**body, "name": "a"})
    edited = await daemon.local(
        "PATCH", "/v1/schedules/a", json={"options": {"dependents": "stop"}}
    )
    every = {**body, "name": "b", "selector": "local/*", "cron": "0 12 * * *"}
    together = await daemon.local("POST", "/v1/schedules", json=every)

    assert made.json["warnings"] == [
        "while `local/web` is up, `local/mail`, which is needed, is left up (dependents: refuse)"
    ]
    assert not [text for text in edited.json["warnings"] if "left up" in text]
    assert not [text for text in together.json["warnings"] if "left up" in text]
