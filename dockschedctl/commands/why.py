"""Why a stack is as it is."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import finding, options
from dockschedctl.invocation import of
from dockschedctl.output import foresight as shown
from dockschedd.wire.foresight import WhyQuery

app = ondemand.app("What decided the state of a stack, and what did not happen.")


@app.command(
    "why",
    cls=ondemand.Data,
    epilog="""
    dockschedctl why local/web
    dockschedctl why web --at 07:00
    dockschedctl why web --at 'yesterday 22:00'
    """,
)
def why(
    ctx: typer.Context,
    stack: options.StackName,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When: 07:00, 'yesterday 22:00', 'mon 08:00' or '2026-11-24 07:00', in the "
            "daemon's zone.  [default: now]",
        ),
    ] = None,
) -> None:
    """What decided the state of a stack, and what did not happen.

    The last run that succeeded, what would have acted since and why it did not, whether
    something else has changed the stack, and what comes next.
    """
    here = of(ctx)
    with here.client() as client:
        found = client.why_stack(*finding.split_stack(client, stack), WhyQuery(at=at))
        here.show(found, name=lambda w: w.stack, text=shown.why_text)
