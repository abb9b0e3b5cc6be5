"""Runs that are waited for: the stream, the second look, and the ways it can end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from dockschedctl.output import runs as shown
from dockschedd.wire import runs, system
from tests.ctl import samples, stub

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = f"GET /v1/runs/{samples.RUN_ID}"
NEXT = f"GET /v1/runs/{samples.NEXT_ID}"


def told(*items: runs.Run) -> stub.Stream:
    """A stream that tells of the runs, then ends."""
    return stub.Stream(
        [b": ping\n\n", *(stub.event("run", system.RunEvent(run=r)) for r in items)]
    )


class Silence:
    """A stream that says one thing and then nothing, for as long as anybody might listen."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._ended = False

    def after(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk
        self._ended = not self._over.wait(5)

    def left_before_the_end(self) -> bool:
        """Whether the client had gone on by itself; ends the stream."""
        left = not self._ended
        self._over.set()
        return left


def started(daemon: stub.Stub, *items: runs.Run) -> None:
    daemon.on("POST /v1/runs", runs.Runs(items=items or (samples.run(),)))


def test_a_run_is_followed_on_the_event_stream(ctl, daemon) -> None:
    """One line of talk per change, one line of data at the end, exit code 0."""
    started(daemon)
    daemon.on(RUN, samples.run())
    daemon.on("GET /v1/events", told(samples.RUNNING, samples.HALF, samples.SUCCEEDED))
    result = ctl("stack", "stop", "web")

    assert result.code == 0
    assert result.out == "stopped local/web in 1.3s (2 containers)\n"
    assert result.err.splitlines() == [
        "local/web: stopping web-app-1",
        "local/web: stopped web-app-1 in 0.5s",
        "local/web: stopping web-db-1",
        "local/web: stopped web-db-1 in 0.8s",
    ]
    assert daemon.requests[1].query == {"run": samples.RUN_ID}
    # Its stream begins with what it is now: it need not be asked for as well.
    assert len(daemon.requests) == 2


def test_what_happened_before_the_stream_was_open_is_not_missed(ctl, daemon) -> None:
    """A stream that ended without a word of the run's end: the run is read again."""
    started(daemon)
    daemon.on(RUN, samples.SUCCEEDED)
    daemon.on("GET /v1/events", told())
    result = ctl("stack", "stop", "web")

    assert result.code == 0
    assert daemon.asked[RUN] == 1


def test_a_stream_that_ends_is_opened_again(ctl, daemon) -> None:
    """The daemon restarts, a proxy gives up: the run is read again and followed on."""
    started(daemon)
    daemon.on(RUN, [samples.RUNNING, samples.HALF])
    daemon.on("GET /v1/events", [told(samples.RUNNING), told(), told(samples.SUCCEEDED)])
    result = ctl("stack", "stop", "web")

    assert result.code == 0
    assert daemon.asked["GET /v1/events"] == 3
    assert result.err.count("stopping web-app-1") == 1


def test_a_daemon_that_is_away_for_a_moment_is_waited_for(ctl, daemon) -> None:
    """Connections that break while it restarts do not end the command."""
    started(daemon)
    daemon.on(RUN, samples.SUCCEEDED)
    attempts = iter([stub.Hang] * 5)

    def away(_: stub.Request) -> stub.Stream:
        if next(attempts, None):
            raise stub.Hang
        return told()

    daemon.on("GET /v1/events", away)

    assert ctl("stack", "stop", "web").code == 0
    assert ctl.last.pauses == sorted(ctl.last.pauses)


def test_a_daemon_that_stays_away_is_given_up(ctl, daemon) -> None:
    """Exit code 6, with what goes on and how to come back to it."""
    started(daemon)

    def away(_: stub.Request) -> None:
        raise stub.Hang

    daemon.on("GET /v1/events", away)
    result = ctl("stack", "stop", "web")

    assert result.code == 6
    assert "stop of local/web goes on" in result.err
    assert f"`dockschedctl run watch {shown.short(samples.RUN_ID)}`" in result.err
    assert 60 < ctl.last.elapsed < 120


def test_a_run_that_another_attempt_continues_is_followed_there(ctl, daemon) -> None:
    """The daemon was killed in the middle: what counts is how the next attempt ends."""
    started(daemon)
    again = msgspec.structs.replace(samples.SUCCEEDED, id=samples.NEXT_ID, attempt=2)
    daemon.on(RUN, samples.INTERRUPTED)
    running = msgspec.structs.replace(samples.RUNNING, id=samples.NEXT_ID, attempt=2)
    daemon.on(NEXT, running)
    daemon.on("GET /v1/events", [told(samples.HALF), told(again), told(again)])
    result = ctl("stack", "stop", "web", "-o", "json")

    assert result.code == 0
    (final,) = msgspec.json.decode(result.out, type=tuple[runs.Run, ...])
    assert (final.id, final.status) == (samples.NEXT_ID, "succeeded")


def test_a_continuing_run_is_not_missed_by_the_filter_of_the_stream(ctl, daemon) -> None:
    """The stream was opened for the first run: another is opened for the second."""
    started(daemon)
    again = msgspec.structs.replace(samples.RUNNING, id=samples.NEXT_ID)
    done = msgspec.structs.replace(samples.SUCCEEDED, id=samples.NEXT_ID)
    daemon.on(RUN, samples.RUNNING)
    daemon.on(NEXT, [again, again])
    silence = Silence()
    interrupted = stub.event("run", system.RunEvent(run=samples.INTERRUPTED))
    first = stub.Stream(silence.after(interrupted))
    daemon.on("GET /v1/events", [first, told(done)])

    assert ctl("stack", "stop", "web").code == 0
    assert silence.left_before_the_end()
    assert [r.query for r in daemon.requests if r.path == "/v1/events"] == [
        {"run": samples.RUN_ID},
        {"run": samples.NEXT_ID},
    ]


def test_a_run_that_failed_is_an_error_with_a_table(ctl, daemon) -> None:
    """Exit code 1; the table says which container, what, how long and why."""
    started(daemon)
    daemon.on(RUN, samples.FAILED)
    daemon.on("GET /v1/events", told())
    result = ctl("stack", "stop", "web")

    assert (result.code, result.out) == (1, "")
    lines = result.err.splitlines()
    assert "error: stop of local/web partly failed after 12.3s on 1 of 2 containers" in lines
    assert "  CONTAINER  ACTION  STATUS   TOOK  ERROR" in lines
    assert "  web-db-1   stop    failed  12.3s  The engine did not answer within 12 s." in lines
    assert lines[-1] == f"hint: see `dockschedctl run show {shown.short(samples.RUN_ID)}`"


def test_the_table_of_what_failed_is_plain_on_a_terminal_too(ctl, daemon) -> None:
    """Errors are never coloured, so nothing of their colour can be left over."""
    started(daemon)
    daemon.on(RUN, samples.FAILED)
    daemon.on("GET /v1/events", told())
    result = ctl("stack", "stop", "web", tty=True)
    error = result.err[result.err.index("error: ") :]

    assert "\N{REPLACEMENT CHARACTER}" not in error
    assert "\x1b" not in error
    assert "  CONTAINER  ACTION  STATUS   TOOK  ERROR\n" in error


@pytest.mark.parametrize(
    ("status", "code"),
    [("succeeded", 0), ("skipped", 0), ("partial", 1), ("failed", 1), ("cancelled", 1),
     ("missed", 1), ("superseded", 1), ("interrupted", 1)],
)  # fmt: skip
def test_the_verdict_of_a_run_is_the_exit_code(ctl, daemon, status: str, code: int) -> None:
    """Succeeded, and skipped, which found nothing to do, are 0; every other end is 1."""
    started(daemon, samples.run(status=status, finished_at=samples.NOW, steps=()))
    result = ctl("stack", "stop", "web")

    assert result.code == code
    assert (result.err == "") == (code == 0)
    assert "alice asked for it" in result.err + result.out or status in (
        "succeeded",
        "failed",
        "partial",
    )


def test_every_status_has_been_thought_of() -> None:
    """The client knows which statuses are ends: those that the daemon calls so."""
    from dockschedd.core.model import RunStatus

    assert {str(s) for s in RunStatus} - {"planned", "running"} == shown.OVER


def test_several_runs_are_followed_together(ctl, daemon) -> None:
    """One unfiltered stream; others' runs are left aside; one failure makes the exit code 1."""
    other = samples.run(id=samples.NEXT_ID, stack="local/db")
    started(daemon, samples.run(), other)
    daemon.on(RUN, samples.run())
    daemon.on(NEXT, other)
    strange = samples.run(
        id="01936000-0000-7000-8000-0000000000ff", stack="local/x", status="failed"
    )
    bad = msgspec.structs.replace(samples.FAILED, id=samples.NEXT_ID, stack="local/db")
    daemon.on("GET /v1/events", told(strange, samples.SUCCEEDED, bad))
    result = ctl("stack", "stop", "web", "db")

    assert result.code == 1
    assert result.out == "stopped local/web in 1.3s (2 containers)\n"
    assert "local/x" not in result.err
    assert "error: stop of local/db partly failed" in result.err
    assert daemon.requests[1].query == {}


def test_not_waiting_shows_the_runs_and_ends(ctl, daemon) -> None:
    """--no-wait: exit code 0 whatever becomes of them."""
    started(daemon)
    result = ctl("stack", "stop", "web", "--no-wait", "-o", "name")

    assert (result.code, result.out) == (0, f"{samples.RUN_ID}\n")
    assert daemon.asked["GET /v1/events"] == 0


def test_waiting_ends_when_it_takes_too_long(ctl, daemon) -> None:
    """--wait-timeout: exit code 7; the run goes on, and how to come back is said."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    daemon.on("GET /v1/events", lambda _: told())
    result = ctl("stack", "stop", "web", "--wait-timeout", "3s")

    assert result.code == 7
    assert "it takes longer than 3s; stop of local/web goes on" in result.err
    assert "`dockschedctl run cancel" in result.err
    assert daemon.asked["POST /v1/runs"] == 1


def test_a_silent_stream_does_not_outlast_the_wait_timeout(ctl, daemon) -> None:
    """The time is looked at although the daemon says nothing at all."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    silence = Silence()
    daemon.on("GET /v1/events", lambda _: stub.Stream(silence.after(b": ping\n\n")))
    result = ctl("stack", "stop", "web", "--wait-timeout", "100ms")

    assert result.code == 7
    assert silence.left_before_the_end()


def test_ctrl_c_leaves_the_run_alone(ctl, daemon) -> None:
    """Exit code 130, and nothing is cancelled."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    daemon.on("GET /v1/events", told())
    result = ctl("stack", "stop", "web", interrupt=True)

    assert result.code == 130
    assert "error: interrupted; stop of local/web goes on" in result.err
    assert not any("cancel" in r.path for r in daemon.requests)


def test_an_event_that_is_not_understood_is_passed_over(ctl, daemon) -> None:
    """A newer daemon may tell of things that this client does not know."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    stream = [b'event: weather\ndata: {"event":"weather"}\n\n', b"data: {broken\n\n",
              stub.event("run", system.RunEvent(run=samples.SUCCEEDED))]  # fmt: skip
    daemon.on("GET /v1/events", stub.Stream(stream))

    assert ctl("stack", "stop", "web").code == 0


def test_an_event_may_come_in_pieces(ctl, daemon) -> None:
    """Where the network cuts is of no concern."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    whole = stub.event("run", system.RunEvent(run=samples.SUCCEEDED))
    daemon.on("GET /v1/events", stub.Stream([whole[i : i + 7] for i in range(0, len(whole), 7)]))

    assert ctl("stack", "stop", "web").code == 0


def test_on_a_terminal_the_run_is_drawn_and_nothing_of_it_stays(ctl, daemon) -> None:
    """The picture is on stderr; stdout holds the verdict only."""
    started(daemon)
    daemon.on(RUN, samples.RUNNING)
    daemon.on("GET /v1/events", told(samples.HALF, samples.SUCCEEDED))
    result = ctl("stack", "stop", "web", tty=True)

    assert result.out == "stopped local/web in 1.3s (2 containers)\n"
    assert "stop local/web: " in result.err
    assert "\x1b[?25h" in result.err


def test_a_run_can_be_watched_later_by_the_end_of_its_id(ctl, daemon) -> None:
    """`run watch` takes what `run ls` shows."""
    daemon.on("GET /v1/runs", runs.RunPage(items=(samples.RUNNING,)))
    daemon.on(RUN, [samples.RUNNING, samples.SUCCEEDED])
    daemon.on("GET /v1/events", told())
    result = ctl("run", "watch", shown.short(samples.RUN_ID))

    assert (result.code, result.out) == (0, "stopped local/web in 1.3s (2 containers)\n")


def test_a_schedule_is_run_now_and_waited_for(ctl, daemon) -> None:
    """`schedule run` waits as `stack stop` does, and sends a key."""
    daemon.on("POST /v1/schedules/nightly/run", runs.Runs(items=(samples.SUCCEEDED,)))
    result = ctl("schedule", "run", "nightly")

    assert (result.code, result.out) == (0, "stopped local/web in 1.3s (2 containers)\n")
    assert daemon.requests[0].headers["Idempotency-Key"]
