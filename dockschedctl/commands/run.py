"""Runs: what happened, and what happens now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import finding, options, waiting
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import foresight
from dockschedctl.output import runs as shown
from dockschedctl.wording import did_you_mean
from dockschedd.wire.runs import RunQuery, StatsQuery

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from dockschedd.wire.runs import Run, RunPage

app = ondemand.app("What happened, and what happens now.")

STATUSES = ("planned", "running", *sorted(shown.OVER))


def _statuses(incomplete: str) -> list[str]:
    return [status for status in STATUSES if status.startswith(incomplete)]


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run ls
    dockschedctl run ls --failed --since 12h
    dockschedctl run ls --stack web --status skipped
    dockschedctl run ls --schedule nightly -n 100 -o json
    """,
)
def ls(
    ctx: typer.Context,
    *,
    stack: options.OfStack = None,
    schedule: options.OfSchedule = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only with this status, such as failed or skipped.",
            autocompletion=_statuses,
        ),
    ] = None,
    failed: Annotated[
        bool,
        typer.Option(
            "--failed",
            help="Only what did not end well: failed, partial, missed and interrupted.",
        ),
    ] = False,
    since: Annotated[
        float | None,
        typer.Option(
            "--since",
            metavar="DURATION",
            parser=options.duration,
            help="How far back, such as 12h.",
        ),
    ] = None,
    count: Annotated[
        int, typer.Option("-n", "--count", metavar="N", min=1, help="How many, the newest first.")
    ] = 20,
) -> None:
    """List runs, the newest first."""
    if status is not None and status not in STATUSES:
        hint = did_you_mean(status, STATUSES) or f"choose one of {', '.join(STATUSES)}"
        raise Usage(f"--status: `{status}` is no status of a run", hint=hint)
    here = of(ctx)
    query = RunQuery(
        stack=stack, schedule=schedule, status=status, troubled=failed or msgspec.UNSET
    )
    with here.client() as client:
        pages = finding.pages(
            lambda limit, cursor: client.list_runs(
                msgspec.structs.replace(query, limit=limit, cursor=cursor)
            ),
            limit=count,
        )
        oldest = None if since is None else here.env.now() - timedelta(seconds=since)
        here.show_list(_until(pages, oldest), shown.RUNS)


def _until(pages: Iterable[RunPage], oldest: datetime | None) -> list[Run]:
    """Return the runs of the pages; no more pages are read once older runs come."""
    found = []
    for page in pages:
        recent = [run for run in page.items if oldest is None or run.created_at >= oldest]
        found += recent
        if len(recent) < len(page.items):
            break
    return found


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run show 8f1c02aa
    """,
)
def show(ctx: typer.Context, run: options.RunId) -> None:
    """Show one run with its steps."""
    here = of(ctx)
    with here.client() as client:
        found = client.show_run(finding.run_id(client, run))
        here.show(found, name=lambda r: r.id, text=shown.run_text)


@app.command(
    "watch",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run watch
    dockschedctl run watch 8f1c02aa
    """,
)
def watch(
    ctx: typer.Context, run: options.MaybeRunId = None, wait_timeout: options.WaitTimeout = None
) -> None:
    """Follow a run until it is over, or all that are running now.

    The exit code is 0 when they succeeded or had nothing to do, else 1.
    """
    here = of(ctx)
    with here.client() as client:
        if run is not None:
            found = [client.show_run(finding.run_id(client, run))]
        else:
            running = client.list_runs(RunQuery(status="running")).items
            found = [client.show_run(each.id) for each in running]
            if not found and here.is_text:
                here.env.say("nothing is running")
                return
        waiting.settle(here, client, found, wait=True, wait_timeout=wait_timeout)


@app.command(
    "cancel",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run cancel 8f1c02aa
    """,
)
def cancel(ctx: typer.Context, run: options.RunId) -> None:
    """Cancel a run: steps that have begun are finished, no others begin."""
    here = of(ctx)
    with here.client() as client:
        found = client.cancel_run(finding.run_id(client, run))
        if here.is_text:
            going = (
                "is being cancelled" if found.status not in shown.OVER else f"is {found.status}"
            )
            here.env.say(f"{found.action} of {found.stack} {going}")
        else:
            here.show(found, name=lambda r: r.id, text=shown.run_text)


@app.command(
    "resume",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run resume 8f1c02aa
    dockschedctl run resume 8f1c02aa --no-wait
    """,
)
def resume(
    ctx: typer.Context,
    run: options.RunId,
    *,
    no_wait: options.NoWait = False,
    wait_timeout: options.WaitTimeout = None,
) -> None:
    """Do what is left of a run that did not succeed.

    It is a new run of the same action: only what is not done yet happens.
    """
    here = of(ctx)
    with here.client() as client:
        found = client.resume_run(finding.run_id(client, run))
        waiting.settle(here, client, [found], wait=not no_wait, wait_timeout=wait_timeout)


@app.command(
    "stats",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run stats
    dockschedctl run stats --stack web --since 7d
    """,
)
def stats(
    ctx: typer.Context,
    *,
    stack: options.OfStack = None,
    since: Annotated[
        str, typer.Option("--since", metavar="DURATION", help="How far back.")
    ] = "30d",
) -> None:
    """Count runs by stack and action: how often they failed and how long they took.

    Half of the runs took no longer than P50, 95 of 100 no longer than P95. They are of runs that
    succeeded and had something to do.
    """
    here = of(ctx)
    with here.client() as client:
        found = client.run_stats(StatsQuery(stack=stack, since=since))
        if not found.complete and here.is_text:
            here.env.say("there are more runs: only the newest were counted")
        here.show_list(found.items, foresight.TALLIES)
