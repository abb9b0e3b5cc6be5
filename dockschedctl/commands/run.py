"""Runs: what happened, and what happens now."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing, finding, options, waiting
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import foresight
from dockschedctl.output import runs as shown
from dockschedctl.wording import did_you_mean
from dockschedd.wire.runs import RunQuery, StatsQuery

app = ondemand.app("What happened, and what happens now.")

STATUSES = ("planned", "running", *sorted(shown.OVER))


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl run ls
    dockschedctl run ls --stack web --status failed
    dockschedctl run ls --schedule nightly -n 100 -o json
    """,
)
def ls(
    ctx: typer.Context,
    *,
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack", metavar="STACK", help="Only of this.", autocompletion=completing.stacks
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(
            "--schedule", metavar="NAME", help="Only of this.", autocompletion=completing.schedules
        ),
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Only with this status.")
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
    with here.client() as client:
        found = finding.every(
            lambda limit, cursor: client.list_runs(
                RunQuery(stack=stack, schedule=schedule, status=status, limit=limit, cursor=cursor)
            ),
            limit=count,
        )
        here.show_list(found, shown.RUNS)


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
    dockschedctl run watch 8f1c02aa
    """,
)
def watch(
    ctx: typer.Context, run: options.RunId, wait_timeout: options.WaitTimeout = None
) -> None:
    """Follow a run until it is over.

    The exit code is 0 when it succeeded or had nothing to do, else 1.
    """
    here = of(ctx)
    with here.client() as client:
        found = client.show_run(finding.run_id(client, run))
        waiting.settle(here, client, [found], wait=True, wait_timeout=wait_timeout)


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
    stack: Annotated[
        str | None,
        typer.Option(
            "--stack", metavar="STACK", help="Only of this.", autocompletion=completing.stacks
        ),
    ] = None,
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
