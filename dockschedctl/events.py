"""The stream of what changes, as server-sent events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dockschedctl.unix_http import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.transport import Response
    from dockschedd.wire import system


class Events:
    """An open stream; it ends when the daemon, or the network, ends it."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[system.Event | None]:
        """Yield what changed, and None for a sign of life, so that callers look at the time."""
        data: list[bytes] = []
        try:
            for line in self._response.lines():
                if line.startswith(b"data:"):
                    data.append(line[5:].removeprefix(b" "))
                elif not line and data:
                    yield _event(b"\n".join(data))
                    data = []
                elif line.startswith(b":"):
                    yield None
        except (OSError, MalformedError):
            # A connection that breaks is an end like any other: the caller looks again.
            return


def _event(data: bytes) -> system.Event | None:
    from dockschedd.wire import system  # noqa: PLC0415 (5 ms, only where there are events)

    try:
        found: system.Event = msgspec.json.decode(data, type=system.Event)
    except msgspec.DecodeError:
        # A kind of event that this client does not know.
        return None
    return found
