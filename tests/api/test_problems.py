"""Errors: one shape for all of them, on every route, and nothing inside is told."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import Any

import msgspec
import pytest

from dockschedd import errors
from dockschedd.api import problems, server
from dockschedd.api.problems import Refused
from dockschedd.api.routes import ROUTES
from dockschedd.wire import problems as wire
from tests.api.daemon import Reply

BODIES = [route for route in ROUTES if route.body is not None]
QUERIES = [route for route in ROUTES if route.query is not None]
#: Where an empty body would be refused.
FULL = {"hold": {"wants": "up", "forever": True}, "add_requirements": {"on": ["web"]}}
NAMES = dict.fromkeys(
    ("stack", "needed_stack", "run", "schedule", "calendar", "user", "group"), "none"
) | dict.fromkeys(("host", "needed_host"), "nohost")


def assert_canonical(reply: Reply, code: str | None = None) -> None:
    """The one shape: content type, status, title of the code, no more fields than there are."""
    assert reply.headers["Content-Type"].partition(";")[0] == wire.CONTENT_TYPE
    problem = msgspec.json.decode(reply.body, type=wire.Problem)
    assert set(reply.json) <= {"code", "title", "status", "detail", "hint", "faults"}
    assert (problem.status, problem.title) == wire.CODES[problem.code]
    assert problem.status == reply.status
    assert code in {None, problem.code}
    assert reply.headers["Dockschedd-Request-Id"]
    assert reply.headers["Dockschedd-Api"] == "1"


@pytest.mark.parametrize("route", BODIES, ids=lambda route: route.op)
async def test_a_body_that_cannot_be_read_is_refused(daemon, route) -> None:
    """No JSON, another type, an unknown field, a wrong type: each with its own code."""
    path = route.path.format(**NAMES)
    known = {"Content-Type": "application/json"}

    async def send(data: Any, headers: dict[str, str] = known) -> Reply:
        return await daemon.local(route.method, path, data=data, headers=headers)

    for data in (b"", b"{", b"nonsense", b"\x00"):
        assert_canonical(await send(data), "bad-json")
    for data in (b"[]", b"1", b'"text"', b"null"):
        assert_canonical(await send(data), "bad-request")
    unknown = await send(b'{"no_such_field": 1}')
    assert_canonical(unknown, "bad-request")
    assert unknown.json["faults"][0]["path"] == "no_such_field"
    assert unknown.json["faults"][0]["code"] == "unknown-field"
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonx"}):
        assert_canonical(await send(b"{}", headers), "not-json")
    assert_canonical(await send(io.BytesIO(b'"' + b"x" * (1024 * 1024) + b'"')), "too-large")


@pytest.mark.parametrize("route", QUERIES, ids=lambda route: route.op)
async def test_a_query_that_cannot_be_read_is_refused(daemon, route) -> None:
    """Unknown and repeated parameters, and those of another type."""
    path = route.path.format(**NAMES)
    unknown = await daemon.local(route.method, f"{path}?no_such=1")
    assert_canonical(unknown, "bad-request")
    assert unknown.json["faults"][0]["path"] == "no_such"

    name = route.query.__struct_fields__[0]
    twice = await daemon.local(route.method, f"{path}?{name}=1&{name}=1")
    assert twice.json["faults"][0]["code"] == "repeated"
    if "limit" in route.query.__struct_fields__:
        for limit in ("x", "", "0", "-1", "1001", "9" * 50, "1.5"):
            reply = await daemon.local(route.method, f"{path}?limit={limit}")

            assert_canonical(reply, "bad-request")
            assert reply.json["faults"][0]["path"] == "limit"


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.query is None and not r.body], ids=lambda r: r.op
)
async def test_a_query_where_there_is_none_is_refused(daemon, route) -> None:
    """What is not known is not ignored."""
    assert_canonical(
        await daemon.local(route.method, f"{route.path.format(**NAMES)}?x=1"), "bad-request"
    )


@pytest.mark.parametrize("route", [r for r in ROUTES if "{" in r.path], ids=lambda r: r.op)
async def test_what_is_not_there_is_not_found(daemon, route) -> None:
    """By a code that says what is not there."""
    body = FULL.get(route.op, {}) if route.body else None
    reply = await daemon.local(route.method, route.path.format(**NAMES), json=body)

    assert_canonical(reply)
    assert reply.status == 404
    assert reply.code.endswith("-not-found")


async def test_a_fault_deep_inside_names_its_path(daemon) -> None:
    """`$.options.x` is `options.x` to whoever wrote it."""
    for body, path, code in (
        ({"action": 1, "selectors": ["web"]}, "action", "wrong-type"),
        ({"action": "stop"}, "selectors", "missing"),
        ({"action": "stop", "selectors": []}, "selectors", "wrong-type"),
        ({"action": "stop", "selectors": ["a", 2]}, "selectors[1]", "wrong-type"),
        (
            {"action": "stop", "selectors": ["a"], "options": {"x": 1}},
            "options.x",
            "unknown-field",
        ),
        (
            {"action": "stop", "selectors": ["a"], "options": {"stop_timeout_seconds": -1}},
            "options.stop_timeout_seconds",
            "wrong-type",
        ),
    ):
        reply = await daemon.local("POST", "/v1/runs", json=body)

        assert_canonical(reply, "bad-request")
        assert [(f["path"], f["code"]) for f in reply.json["faults"]] == [(path, code)]


async def test_a_field_that_is_nearly_right_gets_a_hint(daemon) -> None:
    """As names of stacks do."""
    reply = await daemon.local("POST", "/v1/runs", json={"acton": "stop"})

    assert reply.json["faults"][0]["hint"] == "did you mean `action`?"


async def test_routes_and_methods_that_do_not_exist(daemon) -> None:
    """404 and 405 have the same shape, and 405 keeps its Allow header."""
    for path in ("/", "/v1", "/v2/stacks", "/v1/stacks/", "/v1/stacks/a", "/../etc/passwd"):
        assert_canonical(await daemon.local("GET", path), "no-such-route")
    reply = await daemon.local("DELETE", "/v1/stacks")

    assert_canonical(reply, "method-not-allowed")
    assert reply.headers["Allow"] == "GET,HEAD"
    assert_canonical(await daemon.local("PROPFIND", "/v1/stacks"), "method-not-allowed")


async def test_a_mistake_of_ours_is_logged_and_not_told(daemon, monkeypatch, caplog) -> None:
    """The answer has the request's id, under which the log has the traceback."""

    def crash() -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(daemon.inventory, "refs", crash)
    with caplog.at_level(logging.ERROR, logger="dockschedd"):
        reply = await daemon.local("GET", "/v1/stacks")

    assert_canonical(reply, "internal")
    assert b"secret" not in reply.body
    assert b"RuntimeError" not in reply.body
    (record,) = [r for r in caplog.records if r.name.startswith("dockschedd")]
    assert record.request == reply.headers["Dockschedd-Request-Id"]
    assert "secret of the inside" in str(record.exc_info[1])


async def test_an_unknown_code_of_the_daemon_is_our_mistake(daemon, monkeypatch) -> None:
    """A code that is not in the list is never sent."""

    def crash() -> None:
        raise errors.DockschedError("something new", code="not-in-the-list")

    monkeypatch.setattr(daemon.inventory, "refs", crash)

    assert_canonical(await daemon.local("GET", "/v1/stacks"), "internal")


@pytest.mark.parametrize("code", sorted(wire.CODES))
def test_every_code_keeps_its_status_and_its_words(code) -> None:
    """An error with that code, a sentence and a hint becomes a problem with all of them."""
    if code == "internal":
        return
    problem, _ = problems.from_exception(errors.DockschedError("a sentence", code=code, hint="h"))

    assert (problem.code, problem.detail, problem.hint) == (code, "a sentence", "h")
    assert (problem.status, problem.title) == wire.CODES[code]


def test_every_error_of_the_daemon_that_a_request_can_meet_has_a_code_on_the_wire() -> None:
    """Classes of errors and codes of problems do not drift apart."""
    known = {errors.DockschedError, errors.Startup, errors.Invalid}
    waiting = [errors.DockschedError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ == "dockschedd.errors" and kind not in known:
            assert kind.code in wire.CODES, kind


def test_all_faults_are_told() -> None:
    """Invalid carries every fault to the wire, and its own code is `invalid`."""
    faults = [errors.Fault(path=f"p{n}", code=f"c{n}", message="m", hint="h") for n in range(3)]
    problem, _ = problems.from_exception(errors.Invalid(*faults))

    assert problem.code == "invalid"
    assert [(f.path, f.code, f.message, f.hint) for f in problem.faults] == [
        (f"p{n}", f"c{n}", "m", "h") for n in range(3)
    ]


def test_cancellation_is_no_error() -> None:
    """A request that is cancelled is not answered: the exception goes on."""
    assert not issubclass(asyncio.CancelledError, Exception)
    assert Refused("too-large").code == "too-large"


async def test_one_line_is_logged_per_request_without_secrets(daemon, caplog) -> None:
    """Method, path, status, who, from where and how long; no token, body or query."""
    await daemon.add_user("alice", "viewer")
    with caplog.at_level(logging.INFO, logger="dockschedd"):
        tokens = await daemon.login("alice")
        await daemon.call("GET", "/v1/stacks?selector=web", token=tokens["access_token"])
        await daemon.call("GET", "/v1/sta%0Acks", token=tokens["access_token"])

    lines = [r for r in caplog.records if r.getMessage() == "request.answered"]
    assert [(r.method, r.path, r.status, r.code, r.actor, r.origin) for r in lines] == [
        ("POST", "/v1/login", 200, "-", "-", "127.0.0.1"),
        ("GET", "/v1/stacks", 200, "-", "alice", "127.0.0.1"),
        ("GET", "/v1/sta%0Acks", 404, "no-such-route", "-", "127.0.0.1"),
    ]
    everything = json.dumps([vars(record) for record in caplog.records], default=str)
    assert tokens["access_token"] not in everything
    assert tokens["refresh_token"] not in everything
    assert "marmalade" not in everything


async def test_names_of_other_servers_are_refused_over_tcp(daemon) -> None:
    """A web page whose name was pointed at this address gets nothing."""
    port = daemon.tcp.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "dockschedd.example.evil.example"):
        reply = await daemon.call("GET", "/healthz", headers={"Host": host})

        assert_canonical(reply, "wrong-host")
    for host in ("localhost", f"127.0.0.1:{port}", "[::1]:1", "192.0.2.7", "dockschedd.example"):
        assert (await daemon.call("GET", "/healthz", headers={"Host": host})).status == 200
    assert (await daemon.local("GET", "/healthz", headers={"Host": "any.example"})).status == 200


async def test_head_is_get_without_the_body(daemon) -> None:
    """For probes."""
    whole = await daemon.local("GET", "/v1/hosts")
    head = await daemon.local("HEAD", "/v1/hosts", check=False)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    assert (await daemon.call("HEAD", "/v1/hosts", check=False)).status == 401


async def test_what_is_no_http_is_answered_and_logged_in_one_line(daemon, caplog) -> None:
    """Anybody can send it: no traceback, and the daemon goes on."""
    with caplog.at_level(logging.INFO):
        for sent in (b"\x16\x03\x01\x02", b"BREW / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            reader, writer = await asyncio.open_unix_connection(str(daemon.socket))
            writer.write(sent + b"\r\n\r\n")
            answer = await reader.read()
            writer.close()

            assert answer[:7] == b"HTTP/1."
            assert b" 400 " in answer[:20]
            assert (await daemon.local("GET", "/healthz")).status == 200

    assert "request.malformed" in [record.getMessage() for record in caplog.records]
    assert {record.exc_info for record in caplog.records} == {None}
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


async def test_nul_is_refused_wherever_it_is_written(daemon) -> None:
    """In a path, a query or a body: databases differ in what they make of it."""
    for reply in (
        await daemon.local("GET", "/v1/schedules/a%00b"),
        await daemon.local("GET", "/v1/runs?stack=a%00b"),
        await daemon.local("POST", "/v1/login", json={"user": "a\0b", "password": "p"}),
    ):
        assert_canonical(reply, "bad-request")
        assert reply.json["faults"][0]["code"] == "nul"


async def test_a_body_that_does_not_come_is_not_waited_for_without_end(
    daemon, monkeypatch
) -> None:
    """Whoever sends a byte now and then gives the connection back."""
    monkeypatch.setattr(server, "_PATIENCE", 0.05)
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket))
    head = "POST /v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    answer = await reader.readuntil(b"}")
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"too-slow"' in answer


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.HostUnreachable("s", code="host-ssh-denied", hint="h"), "host-unreachable", 503),
        (errors.HostTimeout("s", code="host-answer-lost", hint="h"), "host-timeout", 504),
        (errors.HostRefused("s", code="host-too-old", hint="h"), "host-refused", 502),
    ],
)
def test_what_is_wrong_with_a_host_is_told_as_one_of_a_few_problems(
    error: errors.HostError, code: str, status: int
) -> None:
    """The many codes of engines are not all listed; the sentence and the hint say which it is."""
    problem, _ = problems.from_exception(error)

    assert (problem.code, problem.status) == (code, status)
    assert (problem.detail, problem.hint) == ("s", "h")
