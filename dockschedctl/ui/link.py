"""Requests of the UI: the synchronous client, in threads beside the event loop.

The threads are daemonic: none of them keeps the program from ending.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from dockschedctl import credentials, transport
from dockschedctl.calling import Caller
from dockschedctl.client import Client
from dockschedctl.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockschedctl.env import Env
    from dockschedctl.failures import Failure
    from dockschedctl.servers import Server

T = TypeVar("T")


class Link:
    """One daemon, as many requests at once as are asked for."""

    def __init__(self, env: Env, server: Server) -> None:
        self.env = env
        self.server = server
        #: Clients whose connection is open and that nobody uses now.
        self._idle: list[Client] = []
        self._busy: set[Client] = set()

    def open(self) -> Client:
        """Return a client of its own; whoever asked for it closes it."""
        caller = Caller(
            transport.Transport(self.server),
            env=self.env,
            shelf=credentials.Shelf(self.env.config_dir, self.server.url),
        )
        return Client(caller)

    def turn_to(self, server: Server) -> None:
        """Talk to another daemon, or to the same one with another login."""
        self.server = server
        self.close()

    def close(self) -> None:
        """Let idle connections go, and end what others are used for."""
        while self._idle:
            self._idle.pop().close()
        for client in tuple(self._busy):
            client.abort()

    async def ask(self, question: Callable[[Client], T]) -> T:
        """Return what the question returns, asked in a thread. Raises what it raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if answer.cancelled():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type] # T may be None

        def work() -> None:
            result, error = None, None
            try:
                result = self._answer(question)
            except BaseException as exc:  # noqa: BLE001 (whoever asked gets it)
                error = exc
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(settle, result, error)

        threading.Thread(target=work, daemon=True, name="request").start()
        return await answer

    def _answer(self, question: Callable[[Client], T]) -> T:
        server = self.server
        try:
            client = self._idle.pop()
        except IndexError:
            client = self.open()
        good = False
        self._busy.add(client)
        try:
            result = question(client)
            good = True
        finally:
            self._busy.discard(client)
            if good and self.server is server:
                self._idle.append(client)
            else:
                client.close()
        return result


def is_logged_out(failure: Failure) -> bool:
    """Return whether a login is what helps."""
    return failure.exit_code is Exit.NOT_LOGGED_IN
