"""Users."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from dockschedctl import ondemand
from dockschedctl.commands import finding, options, secrets
from dockschedctl.failures import Usage
from dockschedctl.invocation import of
from dockschedctl.output import people
from dockschedd.wire import access
from dockschedd.wire.schedules import PageQuery

app = ondemand.app("Who can log in, and as what.")

_ROLES = ("viewer", "operator", "admin")


def _roles(incomplete: str) -> list[str]:
    return [role for role in _ROLES if role.startswith(incomplete)]


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl user ls
    """,
)
def ls(ctx: typer.Context) -> None:
    """List users."""
    here = of(ctx)
    with here.client() as client:
        found = finding.every(
            lambda limit, cursor: client.list_users(PageQuery(limit=limit, cursor=cursor))
        )
        here.show_list(found, people.USERS)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl user show alice
    """,
)
def show(ctx: typer.Context, name: options.UserName) -> None:
    """Show one user."""
    here = of(ctx)
    with here.client() as client:
        here.show(client.show_user(name), name=lambda u: u.name, text=people.user_text)


@app.command(
    "add",
    cls=ondemand.Data,
    epilog="""
    sudo dockschedctl user add alice --role admin
    dockschedctl user add backup --role operator --password-file secret
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the user.")],
    *,
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="viewer, operator or admin.",
            autocompletion=_roles,
            show_default=False,
        ),
    ],
    password_file: options.PasswordFile = None,
    password_stdin: options.PasswordStdin = False,
) -> None:
    """Add a user."""
    here = of(ctx)
    password = secrets.given(here.env, file=password_file, stdin=password_stdin)
    if password is None:
        flag = "--password-file FILE or --password-stdin"
        password = secrets.ask_twice(here.env, f"Password for {name}", flag=flag)
    with here.client() as client:
        user = client.add_user(access.UserNew(name=name, role=role, password=password))
        if here.is_text:
            here.env.say(f"added {user.name} ({user.role})")
        else:
            here.show(user, name=lambda u: u.name, text=people.user_text)


@app.command(
    "edit",
    cls=ondemand.Data,
    epilog="""
    dockschedctl user edit alice --role operator
    dockschedctl user edit bob --disable
    dockschedctl user edit bob --password
    """,
)
def edit(
    ctx: typer.Context,
    name: options.UserName,
    *,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="viewer, operator or admin.", autocompletion=_roles
        ),
    ] = None,
    disabled: Annotated[
        bool | None,
        typer.Option("--disable/--enable", help="Keep the user from logging in, or let them."),
    ] = None,
    password: Annotated[bool, typer.Option("--password", help="Ask for a new password.")] = False,
    password_file: options.PasswordFile = None,
    password_stdin: options.PasswordStdin = False,
) -> None:
    """Change a user: the user's sessions end."""
    here = of(ctx)
    new = secrets.given(here.env, file=password_file, stdin=password_stdin)
    if new is None and password:
        flag = "--password-file FILE or --password-stdin"
        new = secrets.ask_twice(here.env, f"New password for {name}", flag=flag)
    if role is None and disabled is None and new is None:
        raise Usage("there is nothing to change", hint="see `dockschedctl user edit --help`")
    change = access.UserEdit(
        role=msgspec.UNSET if role is None else role,
        disabled=msgspec.UNSET if disabled is None else disabled,
        password=msgspec.UNSET if new is None else new,
    )
    with here.client() as client:
        user = client.edit_user(name, change)
        if here.is_text:
            state = ", disabled" if user.disabled else ""
            here.env.say(f"changed {user.name} ({user.role}{state}); their sessions have ended")
        else:
            here.show(user, name=lambda u: u.name, text=people.user_text)


@app.command(
    "rm",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl user rm bob
    """,
)
def rm(ctx: typer.Context, name: options.UserName) -> None:
    """Remove a user: the user's sessions end."""
    here = of(ctx)
    with here.client() as client:
        client.remove_user(name)
        here.env.say(f"removed {name}")
