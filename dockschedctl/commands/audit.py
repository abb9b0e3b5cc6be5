"""The audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from dockschedctl import ondemand
from dockschedctl.commands import completing, finding
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure
from dockschedctl.invocation import of
from dockschedctl.output import people
from dockschedctl.wording import count as counted
from dockschedd.wire.access import AuditQuery

app = ondemand.app("Who did what: the log that proves itself.")


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl audit ls
    dockschedctl audit ls --actor alice --action login -n 200 -o wide
    """,
)
def ls(
    ctx: typer.Context,
    *,
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor",
            metavar="NAME",
            help="Only by this user.",
            autocompletion=completing.users,
        ),
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Only this, such as login.")
    ] = None,
    count: Annotated[
        int, typer.Option("-n", "--count", metavar="N", min=1, help="How many, the newest first.")
    ] = 50,
) -> None:
    """List entries of the audit log, the newest first."""
    here = of(ctx)
    with here.client() as client:
        found = finding.every(
            lambda limit, cursor: client.list_audit(
                AuditQuery(actor=actor, action=action, limit=limit, cursor=cursor)
            ),
            limit=count,
        )
        here.show_list(found, people.AUDIT)


@app.command(
    "verify",
    cls=ondemand.Data,
    epilog="""
    dockschedctl audit verify
    """,
)
def verify(ctx: typer.Context) -> None:
    """Check that the audit log is whole: exit code 1 when it is not."""
    here = of(ctx)
    with here.client() as client:
        verdict = client.verify_audit()
        if not here.is_text:
            here.show(verdict, name=lambda v: v.head_digest, text=lambda _, __: ())
            if not verdict.ok:
                raise typer.Exit(Exit.FAILED)
        elif verdict.ok:
            here.write_lines(
                [
                    f"the audit log is whole: {counted(verdict.checked, 'entry', 'entries')}",
                    f"  newest: {verdict.head_seq}",
                    f"  digest: {verdict.head_digest}",
                ]
            )
        else:
            raise Failure(
                f"the audit log is not whole: entry {verdict.bad_seq} is wrong",
                details=(verdict.reason,) if verdict.reason else (),
                hint="compare with a copy that you trust; see docs/guides/audit.md",
            )
