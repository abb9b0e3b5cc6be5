"""Hosts."""

from __future__ import annotations

import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl import ondemand
from dockschedctl.invocation import of
from dockschedctl.output.stacks import HOSTS

app = ondemand.app("The Docker Engines that the daemon talks to.")


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl host ls
    dockschedctl host ls -o wide
    """,
)
def ls(ctx: typer.Context) -> None:
    """List hosts."""
    here = of(ctx)
    with here.client() as client:
        here.show_list(client.list_hosts().items, HOSTS)
