"""Versions of both sides."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import typer  # noqa: TC002 (Typer reads the annotations)

from dockschedctl import ondemand
from dockschedctl.failures import Failure
from dockschedctl.invocation import of
from dockschedd.wire.version import VERSION

app = ondemand.app("Show the versions of client and daemon.")


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What `version -o json` shows; the daemon's is null where it cannot be reached."""

    client: str
    daemon: str | None
    server: str


@app.command(
    "version",
    cls=ondemand.Data,
    epilog="""
    dockschedctl version
    dockschedctl --version
    """,
)
def version(ctx: typer.Context) -> None:
    """Show the versions of client and daemon."""
    here = of(ctx)
    daemon = None
    with here.client() as client:
        with suppress(Failure):
            client.health()
        daemon = client.daemon_version
        found = Versions(client=VERSION, daemon=daemon, server=client.server)
    here.show(
        found,
        name=lambda v: v.client,
        text=lambda v, _: (
            f"client: {v.client}",
            f"daemon: {v.daemon or 'cannot be reached'} ({v.server})",
        ),
    )
