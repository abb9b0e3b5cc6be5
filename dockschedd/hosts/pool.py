"""All hosts by name, as ports.Hosts.

Each engine has its own threads, connections and limits, so that one that hangs never keeps
another waiting. A name that is not configured is refused, like any call that cannot be done.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from dockschedd import errors
from dockschedd.core import checks, endpoints
from dockschedd.hosts import check, engine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import datetime

    from dockschedd import ports
    from dockschedd.core import certificates, fleet, model
    from dockschedd.core.checks import Finding

#: A check tells of what hangs, too.
_CHECK_LIMIT = timedelta(seconds=20)
#: What the other hosts are compared by is asked of those that answer at once.
_IDENTITY_LIMIT = 3.0


class DockerHosts:
    """Docker Engines; implements ports.Hosts.

    `parallel`: calls at once that change something, on one host. Raises Invalid for endpoints
    that no engine can have; nothing is connected before the first call.
    """

    def __init__(
        self,
        hosts: Mapping[str, fleet.Endpoint],
        *,
        parallel: int = 10,
        read_limit: timedelta = timedelta(seconds=10),
        act_limit: timedelta = timedelta(seconds=30),
        stop_margin: timedelta = timedelta(seconds=15),
    ) -> None:
        faults = tuple(
            fault
            for name in sorted(hosts)
            for fault in endpoints.faults(hosts[name], path=f"hosts.{name}")
        )
        if faults:
            raise errors.Invalid(*faults)
        self._parallel = parallel
        self._read_limit = read_limit
        self._act_limit = act_limit
        self._stop_margin = stop_margin
        self._engines: dict[str, engine.Engine] = {}
        for name in sorted(hosts):
            self.put(name, hosts[name])

    def put(self, name: str, endpoint: fleet.Endpoint, *, parallel: int | None = None) -> None:
        """Have this host from now on, in place of one of that name.

        One that is where it was keeps its connection. `parallel` None: that of all hosts. Raises
        Invalid.
        """
        faults = endpoints.faults(endpoint, path=f"hosts.{name}")
        if faults:
            raise errors.Invalid(*faults)
        old = self._engines.get(name)
        if old is not None and old.endpoint == endpoint:
            old.allow(parallel or self._parallel)
            return
        self.drop(name)
        self._engines[name] = engine.Engine(
            name,
            endpoint,
            parallel=parallel or self._parallel,
            read_limit=self._read_limit,
            act_limit=self._act_limit,
            stop_margin=self._stop_margin,
        )

    def drop(self, name: str) -> None:
        """Forget the host, if there is one; calls under way end by themselves."""
        old = self._engines.pop(name, None)
        if old is not None:
            old.close()

    def names(self) -> tuple[str, ...]:
        """Return the configured hosts, sorted."""
        return tuple(sorted(self._engines))

    def url(self, host: str) -> str:
        """Return where the engine is."""
        return self._engine(host).url

    async def version(self, host: str) -> str:
        """Return the engine's version."""
        return await self._engine(host).version()

    async def identity(self, host: str) -> str:
        """Return what only this engine says of itself."""
        return await self._engine(host).identity()

    def silent(self, host: str) -> timedelta:
        """Return for how long it has been asked without any answer."""
        return timedelta(seconds=self._engine(host).silent())

    def rest(self, host: str, pause: timedelta) -> None:
        """Note when its `version` is asked next."""
        self._engine(host).rest(pause.total_seconds())

    async def certificates(self, host: str) -> tuple[certificates.Certificate, ...]:
        """Return those that the connection to the engine depends on; none without TLS."""
        return await self._engine(host).certificates()

    async def check(self, host: str, *, now: Callable[[], datetime]) -> tuple[Finding, ...]:
        """Return what is right and wrong with the way to the engine."""
        checked = self._engine(host)
        others = [each for each in self._engines.values() if each is not checked]
        ids = await asyncio.gather(*(_identity(each) for each in others))
        found = await check.check(
            checked.endpoint,
            host=host,
            now=now,
            limit=_CHECK_LIMIT,
            lane=checked.checks,
            others={known: each.name for known, each in zip(ids, others, strict=True) if known},
        )
        if not checks.failed(found) and not checked.is_connected:
            # What was mended is not waited for.
            checked.renew()
        return found

    async def containers(
        self, host: str, *, stack: str | None = None
    ) -> Mapping[str, tuple[model.Container, ...]]:
        """Return stack name → containers."""
        return await self._engine(host).containers(stack)

    async def inspect(self, host: str, container_id: str) -> ports.Inspected:
        """Return what only an inspect tells."""
        return await self._engine(host).inspect(container_id)

    async def start(self, host: str, container_id: str) -> None:
        """Start it. Raises HostRefused when it is paused."""
        await self._engine(host).start(container_id)

    async def stop(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """Stop it and return when it has stopped; the engine counts whole seconds, rounded up."""
        await self._engine(host).stop(container_id, grace)

    async def restart(self, host: str, container_id: str, *, grace: timedelta | None) -> None:
        """Let the engine restart it."""
        await self._engine(host).restart(container_id, grace)

    async def pause(self, host: str, container_id: str) -> None:
        """Pause it."""
        await self._engine(host).pause(container_id)

    async def unpause(self, host: str, container_id: str) -> None:
        """Unpause it."""
        await self._engine(host).unpause(container_id)

    async def events(
        self, host: str, *, since: datetime | None
    ) -> AsyncGenerator[ports.HostEvent, None]:
        """Yield container events. The stream is opened by the first `anext`."""
        async with contextlib.aclosing(self._engine(host).events(since)) as found:
            async for event in found:
                yield event

    async def close(self) -> None:
        """Release everything; calls under way are left to their time limits."""
        for each in self._engines.values():
            each.close()

    def _engine(self, host: str) -> engine.Engine:
        found = self._engines.get(host)
        if found is None:
            raise errors.HostRefused(
                f"there is no host `{host}`",
                code="host-unknown",
                hint=f"configured are: {', '.join(self.names())}",
            )
        return found


async def _identity(of: engine.Engine) -> str | None:
    """Return what it says of itself; None where that is not known now."""
    if of.is_connected:
        with contextlib.suppress(TimeoutError, errors.HostError):
            async with asyncio.timeout(_IDENTITY_LIMIT):
                return await of.identity()
    return None
