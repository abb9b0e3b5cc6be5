"""A store that tells what people changed: after the transaction has committed, and only then.

What is told is what the transaction wrote into the audit log, so that nobody who changes
something has to think of it. Who is told is the bus's business.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dockschedd.core import changes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from dockschedd import ports


class TellingStore:
    """ports.Store over another one."""

    def __init__(self, store: ports.Store, bus: ports.Bus) -> None:
        self._store = store
        self._bus = bus

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[ports.Unit]:
        """Enter a transaction that writes; what it records is told when it has committed."""
        async with self._store.transaction() as unit:
            yield unit
            recorded = unit.audit.appended()
        # Nothing is awaited since: whoever is told asks later than the caller goes on.
        for change in changes.of_records(recorded):
            self._bus.publish_change(change)

    def reading(self) -> AbstractAsyncContextManager[ports.Unit]:
        """Enter a read of what was last committed."""
        return self._store.reading()

    async def close(self) -> None:
        """Finish what is under way and let the database go."""
        await self._store.close()
