"""Contexts: several servers, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dockschedctl import contexts, ondemand, servers
from dockschedctl.commands import completing
from dockschedctl.contexts import DEFAULT, Book, Context
from dockschedctl.exits import Exit
from dockschedctl.failures import Failure, Usage
from dockschedctl.invocation import of
from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import did_you_mean

app = ondemand.app("Several servers, by name.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Name of the context.",
        autocompletion=completing.contexts,
        show_default=False,
    ),
]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A context as `context ls` shows it."""

    name: str
    current: bool
    server: str
    ca: str | None


ROWS: Table[Row] = Table(
    columns=(
        Column(head="CONTEXT", cell=lambda r, _: r.name),
        Column(head="CURRENT", cell=lambda r, _: "yes" if r.current else ""),
        Column(head="SERVER", cell=lambda r, _: r.server, elastic=True),
        Column(head="CA", cell=lambda r, _: r.ca or "", wide=True),
    ),
    name=lambda r: r.name,
    empty="",
)


@app.command(
    "ls",
    cls=ondemand.Data,
    epilog="""
    dockschedctl context ls
    """,
)
def ls(ctx: typer.Context) -> None:
    """List contexts."""
    here = of(ctx)
    book = contexts.load(here.env.config_dir)
    local = next(iter(servers.local_sockets(here.env)))
    rows = [Row(name=DEFAULT, current=book.current == DEFAULT, server=f"unix://{local}", ca=None)]
    rows += [
        Row(name=name, current=book.current == name, server=c.server, ca=c.ca)
        for name, c in sorted(book.contexts.items())
    ]
    here.show_list(rows, ROWS)


@app.command(
    "use",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl context use prod
    dockschedctl context use default
    """,
)
def use(ctx: typer.Context, name: Name) -> None:
    """Choose the server for commands that name none; `default` is this machine's."""
    env = of(ctx).env
    book = contexts.load(env.config_dir)
    if name != DEFAULT:
        _known(book, name)
    contexts.save(env.config_dir, Book(current=name, contexts=book.contexts))
    env.say(f"current context: {name}")
    if env.environ.get(servers.VARIABLE):
        env.say(f"warning: {servers.VARIABLE} is set and wins over it")


@app.command(
    "add",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl context add prod https://docker1.example:8443 --ca ca.pem --use
    """,
)
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the context.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the daemon.")],
    *,
    use_it: Annotated[bool, typer.Option("--use", help="Use it from now on.")] = False,
) -> None:
    """Add a context, or change the one of that name; --ca is kept with it."""
    here = of(ctx)
    book = contexts.load(here.env.config_dir)
    contexts.check_name(name)
    context = Context(server=servers.canonical(url, said_by="URL"), ca=_absolute(here.ca))
    changed = Book(
        current=name if use_it else book.current, contexts={**book.contexts, name: context}
    )
    contexts.save(here.env.config_dir, changed)
    here.env.say(f"{'changed' if name in book.contexts else 'added'} {name}: {context.server}")


@app.command(
    "rm",
    cls=ondemand.Plain,
    epilog="""
    dockschedctl context rm prod
    """,
)
def rm(ctx: typer.Context, name: Name) -> None:
    """Remove a context; a login to its server is kept."""
    env = of(ctx).env
    book = contexts.load(env.config_dir)
    if name == DEFAULT:
        contexts.check_name(name)
    _known(book, name)
    rest = {other: context for other, context in book.contexts.items() if other != name}
    current = DEFAULT if book.current == name else book.current
    contexts.save(env.config_dir, Book(current=current, contexts=rest))
    env.say(f"removed {name}")
    if current != book.current:
        env.say(f"current context: {current}")


def _known(book: Book, name: str) -> Context:
    try:
        return book.contexts[name]
    except KeyError:
        raise Failure(
            f"there is no context `{name}`",
            exit_code=Exit.NOT_FOUND,
            hint=did_you_mean(name, [DEFAULT, *book.contexts]) or "see `dockschedctl context ls`",
        ) from None


def _absolute(ca: str | None) -> str | None:
    if ca is None:
        return None
    path = Path(ca).absolute()
    if not path.is_file():
        raise Usage(f"--ca: there is no file {ca}")
    return str(path)
