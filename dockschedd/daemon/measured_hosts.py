"""Hosts whose calls are counted, and whose probes are timed, as ports.Hosts.

Passes every call on as it is, and every answer and error back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from dockschedd import errors

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from datetime import datetime, timedelta

    from dockschedd import ports
    from dockschedd.core import certificates, checks, fleet, model
    from dockschedd.daemon.meter import Meter

T = TypeVar("T")


class MeasuredHosts:
    """ports.Hosts over another one."""

    def __init__(self, hosts: ports.Hosts, meter: Meter) -> None:
        self._hosts = hosts
        self._meter = meter

    def names(self) -> tuple[str, ...]:
        """Return the configured hosts, sorted."""
        return self._hosts.names()

    def url(self, host: str) -> str:
        """Return where the engine is."""
        return self._hosts.url(host)

    def put(self, name: str, endpoint: fleet.Endpoint, *, parallel: int | None = None) -> None:
        """Have this host from now on."""
        self._hosts.put(name, endpoint, parallel=parallel)

    def drop(self, name: str) -> None:
        """Forget the host."""
        self._hosts.drop(name)

    async def certificates(self, host: str) -> tuple[certificates.Certificate, ...]:
        """Return those that the connection to the engine depends on."""
        return await self._hosts.certificates(host)

    async def check(self, host: str, *, now: Callable[[], datetime]) -> tuple[checks.Finding, ...]:
        """Return what is right and wrong with the way to the engine."""
        return await self._hosts.check(host, now=now)

    async def version(self, host: str) -> str:
        """Return the engine's version: the probe that is timed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await self._counted(host, self._hosts.version(host))
        self._meter.answered(host, loop.time() - began)
        return answer

    async def identity(self, host: str) -> str:
        """Return what only this engine says of itself."""
        return await self._counted(host, self._hosts.identity(host))

    def silent(self, host: str) -> timedelta:
        """Return for how long it has been asked without any answer."""
        return self._hosts.silent(host)

    def rest(self, host: str, pause: timedelta) -> None:
        """Note when its `version` is asked next."""
        self._hosts.rest(host, pause)

    async def containers(
        self, host: str, *, stack: str | None = None
    ) -> Mapping[str, tuple[model.Container, ...]]:
        """Return stack name → containers."""
        return await self._counted(host, self._hosts.containers(host, stack=stack))

    async def inspect(self, host: str, container_id: str) -> ports.Inspected:
        """Return what only an inspect tells."""
        return await self._counted(host, self._hosts.inspect(host, container_id))

    async def start(self, host: str, container_id: str) -> None:
        """Start it."""
        await self._counted(host, self._hosts.start(host, container_id))

    async def stop(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """Stop it."""
        await self._counted(host, self._hosts.stop(host, container_id, grace=grace))

    async def restart(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """Let the engine restart it."""
        await self._counted(host, self._hosts.restart(host, container_id, grace=grace))

    async def pause(self, host: str, container_id: str) -> None:
        """Pause it."""
        await self._counted(host, self._hosts.pause(host, container_id))

    async def unpause(self, host: str, container_id: str) -> None:
        """Unpause it."""
        await self._counted(host, self._hosts.unpause(host, container_id))

    def events(
        self, host: str, *, since: datetime | None
    ) -> AsyncGenerator[ports.HostEvent, None]:
        """Yield container events."""
        return self._hosts.events(host, since=since)

    async def close(self) -> None:
        """Release everything."""
        await self._hosts.close()

    async def _counted(self, host: str, call: Awaitable[T]) -> T:
        try:
            answer = await call
        except errors.HostError as error:
            self._meter.called(host, _outcome(error))
            raise
        self._meter.called(host, "ok")
        return answer


def _outcome(error: errors.HostError) -> str:
    match error:
        case errors.HostTimeout():
            return "timeout"
        case errors.HostUnreachable():
            return "unreachable"
        case errors.ContainerGone():
            return "gone"
        case _:
            return "refused"
