"""The one screen."""

from __future__ import annotations

from functools import partial

import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl import ondemand
from dockschedctl.invocation import of
from dockschedctl.output import overview

app = ondemand.app("One screen about everything.")


@app.command(
    "status",
    cls=ondemand.Data,
    epilog="""
    dockschedctl status
    dockschedctl status -o json
    """,
)
def status(ctx: typer.Context) -> None:
    """One screen about everything.

    The daemon, the hosts, what needs attention, what runs, what is next, and what went wrong.
    """
    here = of(ctx)
    with here.client() as client:
        text = partial(overview.status_text, server=client.server)
        here.show(client.status(), name=lambda s: s.version, text=text)
