"""The client against a daemon that misbehaves on demand."""

from __future__ import annotations

import inspect
import socket
from pathlib import Path

import pytest

from dockschedctl import client, failures
from dockschedctl.exits import MEANING, Exit, of_problem
from dockschedd.api.routes import ROUTES
from dockschedd.wire import problems, runs, stacks
from tests.ctl import samples, stub

#: Operations that nobody needs a command for.
NOT_CALLED = {"ready", "openapi", "metrics"}
#: Methods that are no operations.
NOT_OPERATIONS = {"abort", "close", "daemon_version", "forget_login", "server"}


def page(*items: stacks.StackSummary) -> stacks.StackPage:
    return stacks.StackPage(items=items)


def test_the_client_has_one_method_per_operation() -> None:
    """Each row of the table of routes that a command needs is one method of the same name."""
    methods = {name for name, _ in inspect.getmembers(client.Client) if not name.startswith("_")}

    assert methods - NOT_OPERATIONS == {route.op for route in ROUTES} - NOT_CALLED


def test_requests_are_those_of_the_table(ctl, daemon) -> None:
    """Each method sends the method and the path that the table has for its name."""
    called = {}

    class Recorder(client.Client):
        def _call(self, method, path, reply, **rest):
            called[inspect.stack()[1].function] = (method, path, reply, rest)

    made = Recorder.__new__(Recorder)
    for route in ROUTES:
        if route.op in NOT_CALLED | {"events", "login"}:
            continue
        operation = getattr(made, route.op)
        given = [f"<{name}>" for name in inspect.signature(operation).parameters]
        operation(*given)
        method, path, reply, rest = called[route.op]
        wanted = route.path
        for name in given:
            wanted = wanted.replace("{" + name[1:-1] + "}", "%3C" + name[1:-1] + "%3E")
        assert (method, path) == (route.method, wanted)
        assert reply is route.reply or reply.__name__ == route.reply.__name__
        assert ("body" in rest) == (route.body is not None)
        assert ("query" in rest) == (route.query is not None)
        assert ("key" in rest) == (route.status == 202)


@pytest.mark.parametrize(("code", "found"), problems.CODES.items())
def test_every_problem_has_an_exit_code(code: str, found: tuple[int, str]) -> None:
    """The mapping is total, and each code's verdict is one that is documented."""
    status, _ = found
    verdict = of_problem(code, status)

    assert verdict in MEANING
    assert verdict is not Exit.DONE
    assert (verdict is Exit.NOT_LOGGED_IN) == (status == 401)
    assert (verdict is Exit.FORBIDDEN) == (status == 403)
    assert (verdict is Exit.NOT_FOUND) == code.endswith("not-found")


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("unauthenticated", 3),
        ("forbidden", 4),
        ("stack-not-found", 5),
        ("invalid", 2),
        ("store-busy", 1),
        ("shutting-down", 6),
        ("host-timeout", 7),
    ],
)
def test_a_refusal_ends_with_its_code(ctl, daemon, code: str, exit_code: int) -> None:
    """The daemon's problem decides the exit code; its sentence and hint go to stderr."""
    daemon.on("GET /v1/stacks", stub.Refuse(code, "It is so.", "Do something else. Or wait."))
    result = ctl("stack", "ls")

    assert result.code == exit_code
    assert result.out == ""
    assert result.err == "error: it is so\n\nhint: do something else. Or wait.\n"


def test_who_is_not_logged_in_is_told_how_to(ctl, daemon) -> None:
    """The daemon does not know the client's commands: the client adds the hint."""
    daemon.on("GET /v1/stacks", stub.Refuse("unauthenticated"))
    result = ctl("stack", "ls")

    assert result.code == 3
    assert result.err == (
        "error: you are not logged in\n\nhint: log in with `dockschedctl login`\n"
    )


def test_all_faults_are_shown_with_their_paths(ctl, daemon) -> None:
    """Several things that are wrong with a request come at once."""
    daemon.on(
        "POST /v1/schedules",
        stub.Refuse(
            "invalid",
            faults=(
                problems.FieldFault(path="cron", code="bad", message="minute 61 is too large"),
                problems.FieldFault(
                    path="zone", code="bad-zone", message="there is no zone `Europe/Berln`",
                    hint="did you mean `Europe/Berlin`?",
                ),
            ),
        ),
    )  # fmt: skip
    result = ctl(
        "schedule", "add", "x", "stop", "web", "--cron", "61 * * * *", "--tz", "Europe/Berln"
    )

    assert result.code == 2
    assert result.err == (
        "error: 2 things are wrong with what was asked\n"
        "\n"
        "  cron: minute 61 is too large\n"
        "  zone: there is no zone `Europe/Berln`\n"
        "    hint: did you mean `Europe/Berlin`?\n"
    )


def test_a_single_fault_is_the_error(ctl, daemon) -> None:
    """One thing that is wrong needs no list; its suggestion is the hint."""
    fault = problems.FieldFault(
        path="selectors[0]", code="unknown-stack", message="there is no stack `wbe`",
        hint="did you mean `local/web`?",
    )  # fmt: skip
    daemon.on("POST /v1/runs", stub.Refuse("invalid", faults=(fault,)))
    result = ctl("stack", "stop", "wbe")

    assert result.code == 2
    assert result.err == (
        "error: selectors[0]: there is no stack `wbe`\n\nhint: did you mean `local/web`?\n"
    )


def test_engine_errors_cannot_command_the_terminal(ctl, daemon) -> None:
    """Escape sequences and line breaks in other people's text are taken out."""
    daemon.on("GET /v1/stacks", stub.Refuse("store-error", "bad \x1b[2Jthing\nhint: rm -rf"))
    result = ctl("stack", "ls")

    assert "\x1b" not in result.err
    assert result.err.count("\n") == 1


# ---------------------------------------------------------------- connections


def test_no_socket_is_told_apart(ctl, tmp_path) -> None:
    """Without a daemon: exit code 6, where it was looked for, and what to look at."""
    result = ctl("stack", "ls")

    assert result.code == 6
    assert result.err == (
        f"error: there is no daemon at {tmp_path}/none.sock\n"
        "\n"
        "hint: is dockschedd running? `systemctl status dockschedd`; for another machine give "
        "--server\n"
    )


def test_a_socket_that_was_left_behind_is_told_apart(ctl, tmp_path) -> None:
    """Nobody listens: exit code 6."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "none.sock"))
    result = ctl("stack", "ls")

    assert result.code == 6
    assert "nothing listens at" in result.err


def test_who_may_not_open_the_socket_is_told_which_group(ctl, daemon, monkeypatch) -> None:
    """Permission denied names the group that helps."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dockschedctl.unix_http.Connection.connect", refuse)
    result = ctl("stack", "ls")

    assert result.code == 6
    assert "you may not open" in result.err
    assert "usermod -aG dockschedd" in result.err


@pytest.mark.parametrize("answer", [b"<html>hello</html>", stub.Refuse("not-found")])
def test_another_server_is_not_taken_for_a_daemon(ctl, daemon, answer) -> None:
    """Whatever answers without naming the API is a stranger: exit code 6, no traceback."""
    daemon.api = None
    daemon.on("GET /v1/stacks", answer)
    result = ctl("stack", "ls")

    assert result.code == 6
    assert "is not dockschedd" in result.err
    assert "DOCKSCHEDCTL_SERVER" in result.err


def test_another_version_of_the_api_is_refused(ctl, daemon) -> None:
    """Neither side guesses what the other means."""
    daemon.api = "2"
    daemon.on("GET /v1/stacks", page())
    result = ctl("stack", "ls")

    assert result.code == 1
    assert "the daemon speaks version 2 of the API" in result.err


def test_an_answer_that_is_not_the_wire_is_an_error(ctl, daemon) -> None:
    """A daemon whose answer lacks fields is not followed by a traceback."""
    daemon.on("GET /v1/stacks", {"items": [{"name": "local/web"}]})
    result = ctl("stack", "ls")

    assert result.code == 1
    assert "cannot be understood" in result.err


def test_reading_again_after_a_broken_connection(ctl, daemon) -> None:
    """A connection that ends without an answer: what only reads is asked once more."""
    answers = iter([stub.Hang, None])

    def once(_: stub.Request) -> stacks.StackPage:
        if next(answers, None) is stub.Hang:
            raise stub.Hang
        return page(samples.stack())

    daemon.on("GET /v1/stacks", once)
    result = ctl("stack", "ls", "-o", "name")

    assert (result.code, result.out) == (0, "local/web\n")
    assert daemon.asked["GET /v1/stacks"] == 2


def test_an_action_is_sent_again_with_the_same_key(ctl, daemon) -> None:
    """The daemon can tell that the second request is the first one again."""
    calls = []

    def once(request: stub.Request) -> runs.Runs:
        calls.append(request.headers["Idempotency-Key"])
        if len(calls) == 1:
            raise stub.Hang
        return runs.Runs(items=(samples.SUCCEEDED,))

    daemon.on("POST /v1/runs", once)
    result = ctl("stack", "stop", "web")

    assert result.code == 0
    assert len(calls) == 2
    assert len(set(calls)) == 1


def test_two_actions_never_share_a_key(ctl, daemon) -> None:
    """Each command is a request of its own."""
    daemon.on("POST /v1/runs", runs.Runs(items=(samples.SUCCEEDED,)))
    ctl("stack", "stop", "web")
    ctl("stack", "stop", "web")

    keys = [r.headers["Idempotency-Key"] for r in daemon.requests]
    assert len(set(keys)) == 2


def test_a_change_without_a_key_is_not_sent_twice(ctl, daemon) -> None:
    """Nobody knows whether it was carried out: the person has to look."""

    def broken(_: stub.Request) -> None:
        raise stub.Hang

    daemon.on("POST /v1/users", broken)
    result = ctl("user", "add", "bob", "--role", "viewer", "--password-stdin", stdin="secret\n")

    assert result.code == 6
    assert daemon.asked["POST /v1/users"] == 1


def test_names_are_quoted_in_paths(ctl, daemon) -> None:
    """A name with a slash or a question mark does not reach another route."""
    daemon.on("DELETE /v1/users/a%2Fb%3Fc", None)

    assert ctl("user", "rm", "a/b?c").code == 0
    assert ctl("user", "rm", "..").code == 2


def test_debug_shows_requests_and_nothing_secret(ctl, daemon) -> None:
    """--debug writes method, path, status and time to stderr; never a token."""
    ctl.environ["DOCKSCHEDCTL_TOKEN"] = "very-secret"
    daemon.on("GET /v1/stacks", page())
    result = ctl("--debug", "stack", "ls")

    assert "debug: GET /v1/stacks" in result.err
    assert " 200 " in result.err
    assert "very-secret" not in result.err
    assert daemon.requests[0].headers["Authorization"] == "Bearer very-secret"


def test_messages_of_failures_are_sentences_without_a_capital() -> None:
    """The boundary shows every failure in one form."""
    failure = failures.Failure("It broke.", details=("x",), hint="Mend it.")

    assert failure.lines() == ["error: it broke", "", "  x", "", "hint: mend it"]


def test_pages_are_read_to_the_end(ctl, daemon) -> None:
    """A list that comes in pages is shown as one."""
    pages = {
        None: stacks.StackPage(items=(samples.stack("local/a"),), next="c1"),
        "c1": stacks.StackPage(items=(samples.stack("local/b"),), next="c2"),
        "c2": stacks.StackPage(items=(samples.stack("local/c"),)),
    }
    daemon.on("GET /v1/stacks", lambda request: pages[request.query.get("cursor")])
    result = ctl("stack", "ls", "-o", "name")

    assert result.out.split() == ["local/a", "local/b", "local/c"]


def test_files_of_the_package_stay_small() -> None:
    """No module of the client grows beyond 400 lines."""
    import dockschedctl

    sizes = {
        path: len(path.read_text().splitlines())
        for path in Path(dockschedctl.__file__).parent.rglob("*.py")
    }
    assert {path for path, lines in sizes.items() if lines > 400} == set()
