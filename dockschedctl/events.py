"""The stream of what changes, as server-sent events."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from dockschedd.wire import system


class Events:
    """An open stream; it ends when the daemon, or the network, ends it."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._response.close()

    def __iter__(self) -> Iterator[system.Event | None]:
        """Yield what changed, and None for a sign of life, so that callers look at the time."""
        data: list[bytes] = []
        try:
            for raw in self._response:
                line = raw.rstrip(b"\r\n")
                if line.startswith(b"data:"):
                    data.append(line[5:].removeprefix(b" "))
                elif not line and data:
                    yield _event(b"\n".join(data))
                    data = []
                elif line.startswith(b":"):
                    yield None
        except (OSError, http.client.HTTPException, ValueError):
            # A connection that breaks is an end like any other: the caller looks again.
            return


def _event(data: bytes) -> system.Event | None:
    from dockschedd.wire import system  # noqa: PLC0415 (5 ms, only where there are events)

    try:
        return msgspec.json.decode(data, type=system.RunEvent | system.StackEvent)
    except msgspec.DecodeError:
        # A kind of event that this client does not know.
        return None
