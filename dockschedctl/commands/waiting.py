"""Wait for runs and show them: live on a terminal, as lines of talk elsewhere."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec

from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.output import runs as shown
from dockschedctl.watch import Follower
from dockschedctl.wording import count, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from dockschedctl.client import Client
    from dockschedctl.invocation import Invocation
    from dockschedd.wire import runs


def settle(
    here: Invocation,
    client: Client,
    items: Sequence[runs.Run],
    *,
    wait: bool,
    wait_timeout: float | None,
) -> None:
    """Show the runs, once they are over if they are waited for.

    Raises Failure when one of them did not succeed, or waiting came to an end before they did.
    """
    if not wait:
        here.show_list(items, shown.RUNS)
        return
    final = follow(here, client, items, wait_timeout=wait_timeout)
    if not here.is_text:
        here.show_list(final, shown.RUNS)
    conclude(here, final)


def settle_all(
    here: Invocation,
    client: Client,
    answer: runs.Runs,
    *,
    wait: bool,
    wait_timeout: float | None,
) -> None:
    """Do as `settle` with the runs of an answer; its notes are told first."""
    for note in answer.notes:
        here.say(f"note: {printable(note)}")
    settle(here, client, answer.items, wait=wait, wait_timeout=wait_timeout)


def conclude(here: Invocation, final: Sequence[runs.Run]) -> None:
    """Write what became of runs, where a person reads it. Raises Failure: one did not succeed."""
    if here.is_text:
        for run in final:
            for warning in run.warnings:
                here.say(f"warning: {run.stack}: {printable(warning)}")
        good = [run for run in final if run.status in shown.GOOD]
        here.write_lines(shown.verdict(run, here.env.now()) for run in good)
    bad = [run for run in final if run.status not in shown.GOOD]
    if bad:
        raise _failed(here, bad, of=len(final))


def follow(
    here: Invocation, client: Client, items: Sequence[runs.Run], *, wait_timeout: float | None
) -> tuple[runs.Run, ...]:
    """Return the runs once they are over, showing on stderr how far they are."""
    live = here.env.stderr_tty and here.is_text
    look: Callable[[], None] | None = None

    def on_change(before: runs.Run | None, after: runs.Run) -> None:
        if look is not None:
            look()
        elif here.is_text:
            for line in shown.changes(before, after, here.env.now()):
                here.env.say(line)

    follower = Follower(client, env=here.env, on_change=on_change, wait_timeout=wait_timeout)
    try:
        with _picture(here, follower) if live else nullcontext() as look:
            return follower.follow(items)
    except KeyboardInterrupt:
        raise _goes_on("interrupted", Exit.INTERRUPTED, follower.current) from None
    except Failure as failure:
        if failure.exit_code not in (Exit.TIMED_OUT, Exit.UNREACHABLE):
            raise
        raise _goes_on(failure.message, failure.exit_code, follower.current) from failure


def _picture(here: Invocation, follower: Follower) -> AbstractContextManager[Callable[[], None]]:
    from dockschedctl.output import live  # noqa: PLC0415 (only where something moves)

    return live.shown(
        lambda: shown.picture(follower.current, here.view(talk=True)),
        file=here.env.stderr,
        size=here.env.fit,
    )


def _goes_on(message: str, code: Exit, items: Sequence[runs.Run]) -> Failure:
    """Return the failure that says what goes on, and how to come back to it."""
    open_ = [run for run in items if run.status not in shown.OVER]
    if not open_:
        return Failure(message, exit_code=code)
    details: tuple[str, ...] = ()
    if len(open_) == 1:
        message = f"{message}; {open_[0].action} of {open_[0].stack} goes on"
        run = shown.short(open_[0].id)
    else:
        message = f"{message}; {len(open_)} runs go on"
        details = tuple(f"{shown.short(r.id)}  {r.action} {r.stack}" for r in open_)
        run = "RUN"
    hint = f"follow with `dockschedctl run watch {run}`, end with `dockschedctl run cancel {run}`"
    return Failure(message, exit_code=code, details=details, hint=hint)


def _failed(here: Invocation, bad: Sequence[runs.Run], *, of: int) -> Failure:
    view = msgspec.structs.replace(here.view(talk=True), colour=False)
    if len(bad) == 1:
        run = bad[0]
        return Failure(
            shown.verdict(run, view.now),
            details=tuple(shown.trouble(run, view)),
            hint=f"see `dockschedctl run show {shown.short(run.id)}`",
        )
    details: list[str] = []
    for run in bad:
        details.append(f"{shown.verdict(run, view.now)} (run {shown.short(run.id)})")
        details += [f"  {line}" for line in shown.trouble(run, view)]
    return Failure(
        f"{len(bad)} of {count(of, 'run')} did not succeed",
        details=tuple(details),
        hint="see `dockschedctl run show RUN`",
    )
