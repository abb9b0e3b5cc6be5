"""Docker Engines, and what is known of their stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import datetime, timedelta

    from dockschedd.core import certificates, checks, fleet, model


class Hosts(Protocol):
    """Docker Engines.

    - Every call ends within its time limit and raises HostUnreachable, HostTimeout,
      ContainerGone or HostRefused; nothing else.
    - Calls on one host are limited in number and never block those on another.
    - A host that does not answer is left alone: its calls fail at once, with the reason, until
      `version`, which is always asked, has answered.
    """

    def names(self) -> tuple[str, ...]:
        """Return the configured hosts, sorted."""

    def url(self, host: str) -> str:
        """Return where the engine is."""

    def put(self, name: str, endpoint: fleet.Endpoint, *, parallel: int | None = None) -> None:
        """Have this host from now on, in place of one of that name.

        One that is where it was keeps its connection. `parallel`: calls at once that change
        something; None: that of all hosts. Nothing is connected. Raises Invalid.
        """

    def drop(self, name: str) -> None:
        """Forget the host, if there is one; calls under way end by themselves."""

    async def certificates(self, host: str) -> tuple[certificates.Certificate, ...]:
        """Return those that the connection to the engine depends on; none without TLS.

        The engine's is known once it was connected; the client's is read anew.
        """

    async def check(self, host: str, *, now: Callable[[], datetime]) -> tuple[checks.Finding, ...]:
        """Return what each step on the way to the engine has found, in order.

        The last one has failed where something does not work. Connections are made anew;
        nothing is changed over there. `now`: the wall clock. Raises HostRefused for a host
        that there is not.
        """

    async def version(self, host: str) -> str:
        """Return the engine's version: the cheapest proof that it answers."""

    async def identity(self, host: str) -> str:
        """Return what only this engine says of itself, whatever the way to it; "" if nothing."""

    def silent(self, host: str) -> timedelta:
        """Return for how long it has been asked without any answer; zero: it answers."""

    def rest(self, host: str, pause: timedelta) -> None:
        """Note when its `version` is asked next: calls that fail meanwhile say so."""

    async def containers(
        self, host: str, *, stack: str | None = None
    ) -> Mapping[str, tuple[model.Container, ...]]:
        """Return stack name → containers, from one list call (of one stack, if given).

        `restart_policy` and `ended` are not known to a list and are None.
        """

    async def inspect(self, host: str, container_id: str) -> Inspected:
        """Return what only an inspect tells."""

    async def start(self, host: str, container_id: str) -> None:
        """Start it; already running is no error."""

    async def stop(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """Stop it and return when it has stopped; already stopped is no error.

        `grace` None: the container's own. The call's time limit grows with it.
        """

    async def restart(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """The engine's own restart."""

    async def pause(self, host: str, container_id: str) -> None:
        """Pause it; already paused is no error."""

    async def unpause(self, host: str, container_id: str) -> None:
        """Unpause it; not paused is no error."""

    def events(self, host: str, *, since: datetime | None) -> AsyncGenerator[HostEvent, None]:
        """Yield container events, first the kept ones since then, then as they happen.

        Ends, or raises HostUnreachable, when the connection is lost; closing the iterator
        releases the connection.
        """

    async def close(self) -> None:
        """Release everything; calls under way are left to their time limits."""


class Inspected(Protocol):
    """What only an inspect tells about a container."""

    @property
    def container(self) -> model.Container:
        """The container, with its restart policy."""

    @property
    def stack(self) -> str | None:
        """The name of its stack; None when it belongs to none."""

    @property
    def started_at(self) -> datetime | None:
        """When its process last started."""

    @property
    def finished_at(self) -> datetime | None:
        """When its process last ended."""

    @property
    def stop_timeout(self) -> timedelta | None:
        """Its own stop timeout; None: the engine's default (10 s)."""


class HostEvent(Protocol):
    """One event of one container that may belong to a stack."""

    @property
    def action(self) -> str:
        """The engine's word: start, die, stop, kill, pause, health_status: healthy, …"""

    @property
    def container_id(self) -> str:
        """The full id."""

    @property
    def stack(self) -> str | None:
        """The name of its stack, from its labels; None when it belongs to none."""

    @property
    def at(self) -> datetime:
        """The engine's clock."""

    @property
    def exit_code(self) -> int | None:
        """Of a die event."""


class Inventory(Protocol):
    """The stacks of all hosts as last observed, in memory."""

    def hosts(self) -> tuple[model.HostView, ...]:
        """Return all hosts, by name."""

    def host(self, name: str) -> model.HostView | None:
        """Return one host."""

    def stacks(self) -> tuple[model.Stack, ...]:
        """Return all stacks, by host and name."""

    def stack(self, ref: model.StackRef) -> model.Stack | None:
        """Return one stack."""

    def refs(self) -> tuple[model.StackRef, ...]:
        """Return the names of all stacks, sorted."""

    def stand_ins(self) -> Mapping[str, str]:
        """Return host → the host that is the same engine and is acted on in its place."""

    async def refresh(self, ref: model.StackRef) -> model.Stack | None:
        """Ask the engine for this stack now. None: it has no container. Raises HostError."""

    async def changed(self, host: str) -> None:
        """Return after the next change of anything on that host."""
