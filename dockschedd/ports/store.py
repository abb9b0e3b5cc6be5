"""The database: repositories, transactions and reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from dockschedd.core import audit, model, people, stats
    from dockschedd.ports.calendars import Calendars
    from dockschedd.ports.endings import Endings
    from dockschedd.ports.fleet import Groups, KnownHosts
    from dockschedd.ports.holds import Holds
    from dockschedd.ports.memories import Memories
    from dockschedd.ports.requirements import Requirements


class Schedules(Protocol):
    """Schedules and their occurrences."""

    async def add(self, schedule: model.Schedule) -> None:
        """Insert. Raises Conflict (`schedule-exists`) when the name is taken."""

    async def replace(self, schedule: model.Schedule) -> None:
        """Overwrite the one with the same id. Raises Conflict (`schedule-exists`), NotFound."""

    async def remove(self, schedule_id: str) -> None:
        """Delete it; its occurrences and runs stay. Raises NotFound."""

    async def get(self, name: str) -> model.Schedule | None:
        """Return the one of that name or id."""

    async def page(
        self, *, after: str | None, limit: int, prefix: str = ""
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit`, by name, those after the name `after` that begin so."""

    async def names(self, *, near: str | None = None) -> tuple[str, ...]:
        """Return all names, sorted; of very many only the 500 around `near`, for suggestions."""

    async def count(self) -> int:
        """Return how many there are."""

    async def due(
        self, now: datetime, *, limit: int, after: model.Schedule | None = None
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` enabled ones with next_at <= now, by it and id, after one."""

    async def next_at(self) -> datetime | None:
        """Return the earliest next_at of all enabled ones."""

    async def upcoming(self, *, limit: int) -> tuple[model.Schedule, ...]:
        """Return up to `limit` enabled ones that have a next_at, earliest first."""

    async def fired_once(self, *, since: datetime, limit: int) -> tuple[model.Schedule, ...]:
        """Return up to `limit` one-offs that have fired and were due since then, newest first."""

    async def selectors(
        self, *, enabled_only: bool, stack: model.StackRef | None = None
    ) -> Mapping[str, str]:
        """Return id → selector of all that have something left to fire, by id.

        With `stack` at least those that may match it, and not all others.
        """

    async def windows(self, ref: model.StackRef) -> tuple[model.Schedule, ...]:
        """Return the enabled windows whose selector matches the stack, by id."""

    async def all_windows(self) -> tuple[model.Schedule, ...]:
        """Return the enabled windows, by id."""

    async def has_windows(self) -> bool:
        """Return whether there is an enabled window at all."""

    async def advance(
        self, schedule_id: str, *, seen: datetime, next_at: datetime | None, done: bool
    ) -> bool:
        """Move next_at forward, if it still is `seen`. Returns False when it is not."""

    async def advance_all(
        self, moves: Iterable[tuple[str, datetime, datetime | None, bool]]
    ) -> tuple[bool, ...]:
        """Do as `advance` for each (schedule_id, seen, next_at, done), in one round trip."""

    async def with_calendar(
        self, calendar: str, *, after: str | None, limit: int
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` that name the calendar, by name, those after the name `after`."""

    async def with_group(
        self, group: str, *, after: str | None, limit: int
    ) -> tuple[model.Schedule, ...]:
        """Return up to `limit` whose selector names it, by name, those after the name `after`."""

    async def move_all(self, moves: Iterable[tuple[str, datetime | None]]) -> None:
        """Set next_at of each (schedule_id, next_at), whatever it was."""

    async def record(self, occurrence: model.Occurrence) -> bool:
        """Insert the occurrence. Returns False when it had been recorded before."""

    async def record_all(self, occurrences: Iterable[model.Occurrence]) -> tuple[bool, ...]:
        """Do as `record` for each, in one round trip."""


class Runs(Protocol):
    """Runs and their steps. Every change of status is conditional on the status before."""

    async def add(self, run: model.Run) -> bool:
        """Insert the run (not its steps).

        Returns False when the same attempt of the same occurrence on the same stack, or
        the same attempt under the same idempotency key on the same stack, exists.
        """

    async def add_all(self, runs: Iterable[model.Run]) -> tuple[bool, ...]:
        """Do as `add` for each, in one round trip."""

    async def get(self, run_id: str) -> model.Run | None:
        """Return it with its steps, by its id or by a prefix of it that only one has."""

    async def by_key(self, key: str) -> tuple[model.Run, ...]:
        """Return those that were requested with this idempotency key, with their steps.

        First attempts only: further ones were not requested.
        """

    async def page(
        self,
        *,
        before: str | None,
        limit: int,
        host: str | None = None,
        stack: str | None = None,
        schedule_id: str | None = None,
        status: model.RunStatus | None = None,
    ) -> tuple[model.Run, ...]:
        """Return up to `limit` without steps, newest id first, those with ids before `before`."""

    async def troubled(self, *, limit: int, before: str | None = None) -> tuple[model.Run, ...]:
        """Return a page of those that did not end well (runs_troubled), newest first, no steps."""

    async def planned(
        self,
        *,
        limit: int,
        now: datetime | None = None,
        away: Collection[str] = (),
        among: bool = False,
    ) -> tuple[model.Run, ...]:
        """Return planned ones that may begin by now (None: ever), the first of each stack, by
        start_at or else planned_at; where there are more, the first of each host, and so on.
        Without those that have a deadline on the hosts `away`, or `among` them only.
        """

    async def waiting(self, *, now: datetime, limit: int) -> tuple[model.Run, ...]:
        """Return planned ones that may begin by now and wait behind those of `planned`."""

    async def next_start(self, *, after: datetime) -> datetime | None:
        """Return when the next planned one may begin that may not yet."""

    async def open(self, *, now: datetime) -> tuple[model.Run, ...]:
        """Return the running ones and the planned ones that may begin by now, without steps."""

    async def running(self) -> tuple[model.Run, ...]:
        """Return the running ones with their steps."""

    async def depth(self) -> tuple[int, int]:
        """Return how many are planned, also for later, and how many are running."""

    async def claim(
        self,
        run_id: str,
        *,
        at: datetime,
        warnings: tuple[str, ...] = (),
        stack: model.StackRef | None = None,
    ) -> bool:
        """planned → running, setting started_at (and first_started_at if unset) and warnings.

        Returns False when it was not planned, or another run of its stack is running; with
        `stack` also when it is another stack's by now, because its host was renamed.
        """

    async def plan_steps(self, run_id: str, steps: Iterable[model.Step]) -> None:
        """Insert the steps of a running run."""

    async def plan_all(self, planned: Iterable[tuple[str, Iterable[model.Step]]]) -> None:
        """Do as `plan_steps` for each (run id, steps), in one round trip."""

    async def update_steps(self, run_id: str, steps: Iterable[model.Step]) -> None:
        """Overwrite status, instants and errors of those steps."""

    async def finish(
        self,
        run_id: str,
        *,
        status: model.RunStatus,
        at: datetime,
        error: str | None = None,
        superseded_by: str | None = None,
    ) -> bool:
        """running → its end. Returns False when it was not running."""

    async def settle(
        self,
        run_id: str,
        *,
        status: model.RunStatus,
        at: datetime,
        cause: str,
        superseded_by: str | None = None,
        stack: model.StackRef | None = None,
    ) -> bool:
        """planned → its end without having run; `cause` replaces the run's.

        Returns False when it was not planned; with `stack` also when it is another stack's.
        """

    async def later(self, run: model.Run) -> model.Run | None:
        """Return the newest planned, running or ended-by-running run on the same stack that was
        planned after `run` (by planned_at, then id), not counting its own attempts.
        """

    async def last_words(self, ref: model.StackRef, *, since: datetime) -> tuple[model.Run, ...]:
        """Return the last one that was to change the state of the stack, and the last restart.

        First attempts planned since then, without those that were skipped, cancelled or
        superseded.
        """

    async def latest(self, host: str, stack: str) -> model.Run | None:
        """Return the newest run on the stack that has started, without steps."""

    async def samples(
        self, *, since: datetime, limit: int, stack: model.StackRef | None = None
    ) -> tuple[stats.Sample, ...]:
        """Return up to `limit` of the newest that began since then and are over."""

    async def planned_by(
        self, stack: model.StackRef, *, until: datetime, limit: int
    ) -> tuple[model.Run, ...]:
        """Return up to `limit` of the stack's that were planned by then, newest first."""

    async def last_success(self, stack: model.StackRef, *, until: datetime) -> model.Run | None:
        """Return the stack's newest that had succeeded by then, without steps."""


class Users(Protocol):
    """Users, sessions and refresh tokens."""

    async def add(self, user: people.User) -> None:
        """Insert. Raises Conflict (`user-exists`)."""

    async def replace(self, user: people.User) -> None:
        """Overwrite the one with the same id. Raises NotFound."""

    async def remove(self, user_id: str) -> None:
        """Delete the user with all sessions. Raises NotFound."""

    async def get(self, name: str) -> people.User | None:
        """Return the one of that name or id."""

    async def page(self, *, after: str | None, limit: int) -> tuple[people.User, ...]:
        """Return up to `limit`, by name, those after the name `after`."""

    async def count(self, *, role: str | None = None, enabled_only: bool = False) -> int:
        """Return how many there are."""

    async def open_session(self, session: people.Session, *, refresh_hash: str) -> None:
        """Insert the session with its first refresh token. Raises NotFound: the user is gone."""

    async def session(self, session_id: str) -> people.Session | None:
        """Return it, also when it is revoked or expired."""

    async def revoke(self, session_id: str, *, at: datetime) -> bool:
        """End the session. Returns False when it was over or unknown."""

    async def revoke_all(self, user_id: str, *, at: datetime, keep: str | None = None) -> int:
        """End all sessions of the user but `keep`. Returns how many."""

    async def rotate(
        self, *, old_hash: str, new_hash: str, at: datetime
    ) -> tuple[people.Session, bool] | None:
        """Mark the old refresh token used and insert the new one.

        - None: the old one is unknown.
        - (session, True): done. (session, False): it had been used before, nothing inserted.
        """

    async def forget_expired(self, *, before: datetime) -> int:
        """Delete sessions that expired before that instant, with their tokens."""


class Audit(Protocol):
    """The audit log."""

    async def append(self, record: people.AuditRecord) -> people.AuditEntry:
        """Append in the same transaction as the change it speaks of."""

    async def append_all(
        self, records: Iterable[people.AuditRecord]
    ) -> tuple[people.AuditEntry, ...]:
        """Append each, in that order, in three round trips together."""

    def appended(self) -> Sequence[people.AuditRecord]:
        """Return what was appended in this transaction, in that order."""

    async def page(
        self,
        *,
        before: int | None,
        limit: int,
        actor: str | None = None,
        action: str | None = None,
    ) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit`, newest first, those with seq before `before`."""

    async def of_schedules(
        self, *, since: datetime, until: datetime, limit: int
    ) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit` changes of schedules in [since, until], newest first.

        Those that are very far back in the log are not looked for.
        """

    async def after(self, seq: int, *, limit: int) -> tuple[people.AuditEntry, ...]:
        """Return up to `limit`, oldest first, those with seq after `seq`."""

    def entries(self) -> AsyncIterator[people.AuditEntry]:
        """Yield all of them in order of seq."""

    async def head(self) -> tuple[int, str]:
        """Return seq and digest of the end of the chain; (0, "") when it is empty."""

    async def verify(self) -> audit.Verdict:
        """Return whether all entries are as they were appended, up to the head."""


class Unit(Protocol):
    """All repositories over one connection: inside one transaction, or for reading."""

    calendars: Calendars
    schedules: Schedules
    runs: Runs
    users: Users
    audit: Audit
    endings: Endings
    groups: Groups
    holds: Holds
    hosts: KnownHosts
    memories: Memories
    requirements: Requirements


class Store(Protocol):
    """The database.

    - Foreign exceptions never leave: StoreError (`store-full`, `store-read-only`,
      `store-damaged`, `store-unavailable`, …).
    - What is done right after a transaction, before anything is awaited, is done before the next
      one begins.
    - Cancelling a caller never leaves a transaction open, and never half of one behind.
    """

    def transaction(self) -> AbstractAsyncContextManager[Unit]:
        """Enter a transaction that writes: commits at the end, rolls back on any exception.

        Transactions of one daemon run one after the other; inside, only the unit may be
        awaited (never an engine, never a client).
        """

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Enter a read of what was last committed, all of one moment; it waits for no writer.

        Inside, only the unit may be awaited: whoever sends a long list to a client reads it
        page by page, each in a read of its own.
        """

    async def close(self) -> None:
        """Finish what is under way and let the database go."""
