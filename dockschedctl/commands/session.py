"""Logging in and out, and who one is."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from dockschedctl import ondemand, servers
from dockschedctl.commands import options, secrets
from dockschedctl.exits import Exit
from dockschedctl.failures import ApiProblem, Failure
from dockschedctl.invocation import of
from dockschedctl.output import people, times
from dockschedd.wire import access

app = ondemand.app("Log in and out.")


@app.command(
    "login",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl login --server https://docker1.example:8443 --user alice
    dockschedctl login --user backup --password-file /run/secrets/dockschedd
    """,
)
def login(
    ctx: typer.Context,
    *,
    user: Annotated[
        str | None, typer.Option("--user", "-u", metavar="NAME", help="User to log in as.")
    ] = None,
    password_file: options.PasswordFile = None,
    password_stdin: options.PasswordStdin = False,
) -> None:
    """Log in to a daemon.

    Root, and the user that the daemon runs as, need no login on the same machine.
    """
    here = of(ctx)
    env = here.env
    name = user or env.ask("User", flag="--user NAME")
    password = secrets.given(env, file=password_file, stdin=password_stdin)
    if password is None:
        password = env.ask_secret("Password", flag="--password-file FILE or --password-stdin")
    with here.client() as client:
        tokens = client.login(access.Login(user=name, password=password))
        until = times.both(tokens.refresh_expires_at, env.now(), env.zone)
        env.say(f"logged in to {client.server} as {tokens.user} ({tokens.role}) until {until}")
        with suppress(Failure):
            if servers.choose(env, server=None, ca=None).url == client.server:
                return
            env.say()
            env.say(
                "hint: make it the default with "
                f"`dockschedctl context add NAME {client.server} --use`"
            )


@app.command("logout", cls=ondemand.Plain)
def logout(ctx: typer.Context) -> None:
    """End the session at once.

    What is stored of it on this machine is removed, also when the daemon cannot be reached.
    """
    here = of(ctx)
    with here.client() as client:
        try:
            client.logout()
        except ApiProblem as problem:
            # The session has ended already: that is what was wanted.
            if problem.exit_code is not Exit.NOT_LOGGED_IN:
                raise
        finally:
            known = client.forget_login()
        here.env.say(
            f"logged out of {client.server}" if known else f"not logged in to {client.server}"
        )


@app.command(
    "whoami",
    cls=ondemand.Data,
    epilog="""
    dockschedctl whoami
    dockschedctl whoami -o name
    """,
)
def whoami(ctx: typer.Context) -> None:
    """Show who you are to the daemon."""
    here = of(ctx)
    with here.client() as client:
        here.show(client.whoami(), name=lambda me: me.user, text=people.me_text)


@app.command(
    "passwd",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl passwd
    dockschedctl passwd --current-file old --password-file new
    """,
)
def passwd(
    ctx: typer.Context,
    *,
    current_file: Annotated[
        str | None,
        typer.Option("--current-file", metavar="FILE", help="Read the current password from it."),
    ] = None,
    password_file: options.PasswordFile = None,
    password_stdin: options.PasswordStdin = False,
) -> None:
    """Change your own password.

    All your other sessions end.
    """
    env = of(ctx).env
    if current_file is not None:
        current = secrets.of_file(current_file)
    else:
        current = env.ask_secret("Current password", flag="--current-file FILE")
    new = secrets.given(env, file=password_file, stdin=password_stdin)
    if new is None:
        new = secrets.ask_twice(env, "New password", flag="--password-file FILE")
    with of(ctx).client() as client:
        client.passwd(access.PasswordChange(current=current, new=new))
        env.say("the password has been changed; all other sessions have ended")
