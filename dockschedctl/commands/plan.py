"""What an action would do, how long it would take, and what else is due then."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import options
from dockschedctl.invocation import of
from dockschedctl.output import runs as shown
from dockschedd.wire.runs import Options, PlanRequest

app = ondemand.app("What an action would do.")


@app.command(
    "plan",
    cls=ondemand.Data,
    epilog="""
    dockschedctl plan stop local/web
    dockschedctl plan stop local/web --at 22:00
    dockschedctl plan restart 'prod-*/*' --at '2026-12-24 18:00'
    """,
)
def plan(
    ctx: typer.Context,
    action: Annotated[
        options.Action,
        typer.Argument(
            metavar="ACTION",
            help="start, stop, restart, pause or unpause.",
            show_default=False,
        ),
    ],
    selectors: options.Selectors,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When: 22:00, 'tomorrow 07:00', 'mon 08:00' or '2026-12-24 18:00', in the "
            "daemon's zone.  [default: now]",
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="DURATION",
            parser=options.duration,
            help="The stop timeout of the containers; for start and unpause the longest wait.",
        ),
    ] = None,
    in_place: options.InPlace = False,
    rerun_oneshots: options.RerunOneshots = False,
    dependents: options.WhatNeedsIt = None,
) -> None:
    """What an action would do.

    The steps in order, each with its cause, how long they are expected to take, and what
    schedules do to the same stacks about that time. Nothing is done.
    """
    waits = action in (options.Action.START, options.Action.UNPAUSE)
    given = {
        "wait_timeout_seconds" if waits else "stop_timeout_seconds": timeout,
        "in_place": in_place or None,
        "rerun_oneshots": rerun_oneshots or None,
        "dependents": dependents,
    }
    request = PlanRequest(
        action=action,
        selectors=tuple(selectors),
        options=msgspec.convert({k: v for k, v in given.items() if v is not None}, Options),
        at=at,
    )
    here = of(ctx)
    with here.client() as client:
        found = client.plan(request).items
        here.show_texts(found, name=lambda p: p.stack, text=shown.plan_text)
