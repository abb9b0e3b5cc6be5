"""Runs: what happened, and what happens now."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing, finding, options, waiting
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import runs as shown
from dockschedctl.wording import did_you_mean
from dockschedd.wire.runs import RunQuery

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
