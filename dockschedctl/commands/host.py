"""Hosts: the Docker Engines that the daemon talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dockschedctl import ondemand
from dockschedctl.commands import checking, completing
from dockschedctl.failures import Usage
from dockschedctl.invocation import Invocation, of
from dockschedctl.output import hosts as shown
from dockschedctl.wording import printable
from dockschedd.wire import hosts

if TYPE_CHECKING:
    from dockschedd.wire import stacks

app = ondemand.app("The Docker Engines that the daemon talks to.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="HOST",
        help="Name of the host.",
        autocompletion=completing.hosts,
        show_default=False,
    ),
]


def _file(flag: str, text: str) -> Any:
    return typer.Option(flag, metavar="FILE", help=f"{text}; a path on the daemon's machine.")


Authority = Annotated[str | None, _file("--tls-ca", "tcp://: who vouches for the engine (PEM)")]
Certificate = Annotated[str | None, _file("--tls-cert", "tcp://: the daemon's certificate (PEM)")]
Key = Annotated[str | None, _file("--tls-key", "tcp://: the key of that certificate (PEM)")]
SshKey = Annotated[str | None, _file("--ssh-key", "ssh://: the private key")]
KnownHosts = Annotated[
    str | None, _file("--ssh-known-hosts", "ssh://: the keys that the machine may have")
]
Zone = Annotated[
    str | None,
    typer.Option("--tz", metavar="ZONE", help="IANA zone of its schedules that name none."),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        "--calendar",
        metavar="CALENDAR",
        help="On its dates no schedule acts on the host.",
        autocompletion=completing.calendars,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--max-parallel-steps", metavar="N", min=0, help="How many engine calls at once."
    ),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Do not wait for the first attempt to reach it.")
]


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
        here.show_list(client.list_hosts().items, shown.HOSTS)


@app.command(
    "show",
    cls=ondemand.Data,
    epilog="""
    dockschedctl host show edge
    """,
)
def show(ctx: typer.Context, name: Name) -> None:
    """Show one host, and what names it."""
    here = of(ctx)
    with here.client() as client:
        here.show(client.show_host(name), name=lambda h: h.name, text=shown.host_text)


@app.command(
    "add",
    cls=ondemand.Data,
    epilog="""
    dockschedctl host add edge ssh://dockschedd@edge.example
    dockschedctl host add attic ssh://attic --ssh-key /etc/dockschedd/attic/id
    dockschedctl host add db tcp://db:2376 --tls-ca /etc/dockschedd/db/ca.pem
    dockschedctl host add rootless unix:///run/user/1000/docker.sock
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="HOST", help="Name of the host.", show_default=False)
    ],
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="unix:///path, tcp://host:port or ssh://[user@]host[:port].",
            show_default=False,
        ),
    ],
    *,
    tls_ca: Authority = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    plain_tcp: Annotated[
        bool,
        typer.Option("--plain-tcp", help="tcp:// without TLS: whoever reaches it owns it."),
    ] = False,
    ssh_key: SshKey = None,
    ssh_known_hosts: KnownHosts = None,
    tz: Zone = None,
    calendar: Calendar = None,
    max_parallel_steps: Steps = None,
    no_check: NoCheck = False,
) -> None:
    """Add a host, and say whether it can be reached.

    It is added in any case: the daemon goes on trying. Schedules reach it at once.
    """
    body = hosts.HostNew(
        name=name,
        url=url,
        tls_ca=tls_ca,
        tls_cert=tls_cert,
        tls_key=tls_key,
        plain_tcp=plain_tcp,
        ssh_key=ssh_key,
        ssh_known_hosts=ssh_known_hosts,
        zone=tz,
        calendar=calendar,
        max_parallel_steps=max_parallel_steps or None,
        check=not no_check,
    )
    here = of(ctx)
    with here.client() as client:
        _announce(here, f"added {name}", client.add_host(body), checked=not no_check)


@app.command(
    "edit",
    cls=ondemand.Data,
    epilog="""
    dockschedctl host edit edge --name edge-lisbon
    dockschedctl host edit edge --tz Europe/Lisbon --max-parallel-steps 4
    dockschedctl host edit edge --url ssh://me@edge2.example
    dockschedctl host edit edge --calendar '' --max-parallel-steps 0
    """,
)
def edit(
    ctx: typer.Context,
    name: Name,
    *,
    new_name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Its new name; what names it follows."),
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Where the engine is.")
    ] = None,
    tls_ca: Authority = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    plain_tcp: Annotated[
        bool | None, typer.Option("--plain-tcp/--no-plain-tcp", help="tcp:// without TLS, or not.")
    ] = None,
    ssh_key: SshKey = None,
    ssh_known_hosts: KnownHosts = None,
    tz: Zone = None,
    calendar: Calendar = None,
    max_parallel_steps: Steps = None,
    no_check: NoCheck = False,
) -> None:
    """Change or rename a host; an empty value, or 0, takes one away.

    With a new name, schedules, holds, requirements, groups and the history follow. While runs
    are under way on it, it keeps its name and its engine.
    """
    given: dict[str, Any] = {
        "name": new_name,
        "url": url,
        "tls_ca": tls_ca,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "ssh_key": ssh_key,
        "ssh_known_hosts": ssh_known_hosts,
        "zone": tz,
        "calendar": calendar,
        "max_parallel_steps": max_parallel_steps,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    changes = {
        key: value if value or key in ("name", "url") else None for key, value in changes.items()
    }
    if plain_tcp is not None:
        changes["plain_tcp"] = plain_tcp
    if not changes:
        raise Usage("what is to be changed?", hint="see `dockschedctl host edit --help`")
    here = of(ctx)
    with here.client() as client:
        host = client.edit_host(name, hosts.HostEdit(**changes, check=not no_check))
        moved = changes.keys() - {"zone", "calendar", "max_parallel_steps"}
        done = f"renamed {name} to {host.name}" if host.name != name else f"changed {name}"
        _announce(here, done, host, checked=bool(moved) and not no_check)


@app.command(
    "rm",
    cls=ondemand.Data,
    epilog="""
    dockschedctl host rm edge
    dockschedctl host rm edge --force
    """,
)
def rm(
    ctx: typer.Context,
    name: Name,
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also when something names it; runs that are under way end."),
    ] = False,
) -> None:
    """Remove a host that nothing names; its history stays."""
    here = of(ctx)
    with here.client() as client:
        gone = client.remove_host(name, hosts.HostRemoval(force=force))
    if not here.is_text:
        here.show(gone, name=lambda h: h.name, text=lambda _, __: ())
        return
    here.env.say(f"removed {gone.name}")
    for line in shown.uses(gone.uses):
        here.env.say(f"still named by {line}")
    if gone.uses.runs:
        here.env.say(f"runs that come to an end: {len(gone.uses.runs)}")


def _announce(here: Invocation, done: str, host: stacks.Host, *, checked: bool) -> None:
    """Say what has become of a host, and how it could be reached."""
    if not here.is_text:
        here.show(host, name=lambda h: h.name, text=lambda _, __: ())
        return
    here.env.say(done)
    if checked:
        here.env.say(printable(shown.reached(host)))
    for note in host.notes:
        here.env.say(f"warning: {printable(note)}")


checking.register(app)
