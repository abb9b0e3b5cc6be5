"""One command being carried out: its world, its global options, and how it answers.

Travels as `ctx.obj` of Typer's context. Commands get their client and write their output here.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec

from dockschedctl import credentials, servers, transport
from dockschedctl.calling import Caller
from dockschedctl.client import Client
from dockschedctl.output import data, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import typer

    from dockschedctl.env import Env

T = TypeVar("T")


class Output(StrEnum):
    """The forms of output."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"
    #: Of documents only.
    TOML = "toml"


class Invocation(msgspec.Struct, kw_only=True):
    """What every command has at hand."""

    env: Env
    server: str | None = None
    ca: str | None = None
    output: Output = Output.TABLE
    colour: bool = True
    debug: bool = False

    def where(self) -> servers.Server:
        """Return the daemon that this command talks to."""
        return servers.choose(self.env, server=self.server, ca=self.ca)

    @contextmanager
    def client(
        self, *, patience: float = transport.PATIENCE, renews: bool = True
    ) -> Iterator[Client]:
        """Enter a client of the daemon; one that does not renew its login gives up instead."""
        server = self.where()
        caller = Caller(
            transport.Transport(server, patience=patience),
            env=self.env,
            shelf=credentials.Shelf(self.env.config_dir, server.url),
            renews=renews,
            debug=self.debug,
        )
        with Client(caller) as client:
            yield client

    @property
    def is_text(self) -> bool:
        """Whether a person reads the output, rather than a program."""
        return self.output in (Output.TABLE, Output.WIDE)

    def view(self, *, talk: bool = False) -> tables.View:
        """Return how to show things, on stdout or in the talk on stderr."""
        tty = self.env.stderr_tty if talk else self.env.stdout_tty
        return tables.View(
            now=self.env.now(),
            zone=self.env.zone,
            wide=self.output is Output.WIDE,
            colour=tty and self.colour and self.env.may_colour,
            width=self.env.width if tty else None,
        )

    def show_list(self, items: Sequence[T], table: tables.Table[T]) -> None:
        """Write a list: a table, an array, or names."""
        if self._as_data(list(items)):
            return
        if self.output is Output.NAME:
            self.write_lines(table.name(item) for item in items)
        elif not items:
            self.env.say(table.empty)
        else:
            self.write_lines(tables.render(table, items, self.view()))

    def show_pages(self, pages: Iterable[Sequence[T]], table: tables.Table[T]) -> None:
        """Write a list of which each page is shown when it has come, as `show_list` would."""
        match self.output:
            case Output.JSON:
                written = data.pages_as_json(pages)
            case Output.YAML:
                written = data.pages_as_yaml(pages)
            case Output.NAME:
                written = (tables.lines(map(table.name, page)) for page in pages)
            case _:
                written = map(tables.lines, tables.render_pages(table, pages, self.view()))
        anything = False
        for text in written:
            self.env.write(text)
            self.env.stdout.flush()
            anything = anything or bool(text)
        if not anything and self.is_text:
            self.env.say(table.empty)

    def show(
        self,
        value: T,
        *,
        name: Callable[[T], str],
        text: Callable[[T, tables.View], Iterable[str]],
    ) -> None:
        """Write one thing: as text, as data, or its name."""
        if self._as_data(value):
            return
        if self.output is Output.NAME:
            self.write_lines([name(value)])
        else:
            self.write_lines(text(value, self.view()))

    def show_texts(
        self,
        items: Sequence[T],
        *,
        name: Callable[[T], str],
        text: Callable[[T, tables.View], Iterable[str]],
    ) -> None:
        """Write several things one after the other: as text, as an array, or their names."""
        if self._as_data(list(items)):
            return
        view = self.view()
        for position, item in enumerate(items):
            lines = [name(item)] if self.output is Output.NAME else list(text(item, view))
            self.write_lines(["", *lines] if position and self.is_text else lines)

    def _as_data(self, value: object) -> bool:
        match self.output:
            case Output.JSON:
                self.env.write(data.as_json(value))
            case Output.YAML:
                self.env.write(data.as_yaml(value))
            case _:
                return False
        return True

    def say(self, text: str) -> None:
        """Write talk, to stderr; on a terminal it is broken between words."""
        for line in tables.folded(text, self.view(talk=True), indent=tables.GAP):
            self.env.say(line)

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write lines of data."""
        self.env.write(tables.lines(lines))


def of(ctx: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    return cast("Invocation", ctx.obj)
