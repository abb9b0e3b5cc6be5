"""Runs and their steps; the contract is ports.Runs.

Every change of status is conditional on the status before: the database arbitrates.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from dockschedd.store import rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from dockschedd.core import model, stats
    from dockschedd.store.connection import Connection, Row

#: Greater than any character of an id: all ids that begin with a prefix are before prefix + this.
_BEYOND = "~"
#: Later than the text of any instant.
_END_OF_TIME = "~"


class Runs:
    """ports.Runs over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, run: model.Run) -> bool:
        """Insert the run (not its steps).

        Returns False when the same attempt of the same occurrence on the same stack, or
        the same attempt under the same idempotency key on the same stack, exists.
        """
        return (await self.add_all((run,)))[0]

    async def add_all(self, runs: Iterable[model.Run]) -> tuple[bool, ...]:
        """Do as `add` for each, in one round trip."""
        changed = await self._connection.change_each(
            "insert_run", [rows.run_values(run) for run in runs]
        )
        return tuple(map(bool, changed))

    async def get(self, run_id: str) -> model.Run | None:
        """Return it with its steps, by its id or by a prefix of it that only one has."""
        found = await self._connection.fetch(
            "runs_by_prefix", prefix=run_id, beyond=run_id + _BEYOND
        )
        if not found or (len(found) > 1 and found[0]["id"] != run_id):
            return None
        steps = await self._connection.fetch("steps_of_run", run_id=found[0]["id"])
        return rows.run(found[0], tuple(map(rows.step, steps)))

    async def by_key(self, key: str) -> tuple[model.Run, ...]:
        """Return those that were requested with this idempotency key, with their steps."""
        found = await self._connection.fetch("runs_by_key", key=key)
        return _with_steps(found, await self._connection.fetch("steps_by_key", key=key))

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
        if host is not None and stack is not None:
            query = "page_runs_of_stack"
        elif schedule_id is not None:
            query = "page_runs_of_schedule"
        else:
            query = "page_runs"
        found = await self._connection.fetch(
            query,
            before=_BEYOND if before is None else before,
            limit=limit,
            host=host,
            stack=stack,
            schedule_id=schedule_id,
            status=None if status is None else status.value,
        )
        return tuple(map(rows.run, found))

    async def troubled(self, *, limit: int, before: str | None = None) -> tuple[model.Run, ...]:
        """Return up to `limit` that are failed, partial, missed or interrupted, newest id first.

        Without steps; those with ids before `before`.
        """
        found = await self._connection.fetch(
            "troubled_runs", limit=limit, before=_BEYOND if before is None else before
        )
        return tuple(map(rows.run, found))

    async def planned(
        self,
        *,
        limit: int,
        now: datetime | None = None,
        away: Collection[str] = (),
        among: bool = False,
    ) -> tuple[model.Run, ...]:
        """Return planned ones that may begin by now, by instant; at most one of each stack.

        Where there are more than `limit`: the first of each host, then the second of each, and
        so on. Those that have a deadline and are on one of the hosts `away` are left out; with
        `among` all others are.
        """
        values: dict[str, str | int] = {
            "now": _END_OF_TIME if now is None else rows.stamp(now),
            "limit": limit,
            "away": "".join(f"|{host}|" for host in away),
            "among": int(among),
        }
        found = await self._connection.fetch("planned_runs", **values)
        if len(found) == limit:
            found = await self._connection.fetch("planned_runs_in_turn", **values)
        return tuple(map(rows.run, found))

    async def waiting(self, *, now: datetime, limit: int) -> tuple[model.Run, ...]:
        """Return planned ones that may begin by now and wait behind those of `planned`."""
        found = await self._connection.fetch("waiting_runs", now=rows.stamp(now), limit=limit)
        return tuple(map(rows.run, found))

    async def next_start(self, *, after: datetime) -> datetime | None:
        """Return when the next planned one may begin that may not yet."""
        found = await self._connection.fetch("next_planned_run", now=rows.stamp(after))
        next_at: str | None = found[0]["next_at"]
        return rows.instant(next_at)

    async def open(self, *, now: datetime) -> tuple[model.Run, ...]:
        """Return the running ones and the planned ones that may begin by now, without steps."""
        found = await self._connection.fetch("open_runs", now=rows.stamp(now))
        return tuple(map(rows.run, found))

    async def running(self) -> tuple[model.Run, ...]:
        """Return the running ones with their steps, by host and stack."""
        found = await self._connection.fetch("running_runs")
        return _with_steps(found, await self._connection.fetch("steps_of_running"))

    async def depth(self) -> tuple[int, int]:
        """Return how many are planned and how many are running."""
        row = (await self._connection.fetch("queue_depth"))[0]
        return row["planned"], row["running"]

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
        changed = await self._connection.change(
            "claim_run",
            id=run_id,
            at=rows.stamp(at),
            warnings=rows.list_text(warnings),
            host=None if stack is None else stack.host,
            stack=None if stack is None else stack.name,
        )
        return changed == 1

    async def plan_steps(self, run_id: str, steps: Iterable[model.Step]) -> None:
        """Insert the steps of a running run."""
        await self.plan_all(((run_id, steps),))

    async def plan_all(self, planned: Iterable[tuple[str, Iterable[model.Step]]]) -> None:
        """Do as `plan_steps` for each (run id, steps), in one round trip."""
        await self._connection.change_each(
            "insert_step",
            [rows.step_values(run_id, step) for run_id, steps in planned for step in steps],
        )

    async def update_steps(self, run_id: str, steps: Iterable[model.Step]) -> None:
        """Overwrite status, instants and errors of those steps."""
        await self._connection.change_each(
            "update_step", [rows.step_values(run_id, step) for step in steps]
        )

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
        changed = await self._connection.change(
            "finish_run",
            id=run_id,
            status=status.value,
            at=rows.stamp(at),
            error=error,
            superseded_by=superseded_by,
        )
        return changed == 1

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
        changed = await self._connection.change(
            "settle_run",
            id=run_id,
            status=status.value,
            at=rows.stamp(at),
            cause=cause,
            superseded_by=superseded_by,
            host=None if stack is None else stack.host,
            stack=None if stack is None else stack.name,
        )
        return changed == 1

    async def later(self, run: model.Run) -> model.Run | None:
        """Return the newest planned, running or ended-by-running run on the same stack that was
        planned after `run` (by planned_at, then id), not counting its own attempts.
        """
        found = await self._connection.fetch(
            "later_run",
            id=run.id,
            host=run.stack.host,
            stack=run.stack.name,
            planned_at=rows.stamp(run.planned_at),
            schedule_id=run.schedule_id,
        )
        return rows.run(found[0]) if found else None

    async def last_words(self, ref: model.StackRef, *, since: datetime) -> tuple[model.Run, ...]:
        """Return the last one that was to change the state of the stack, and the last restart.

        First attempts planned since then, without those that were skipped, cancelled or
        superseded.
        """
        found = [
            row
            for restart in (0, 1)
            for row in await self._connection.fetch(
                "last_word",
                host=ref.host,
                stack=ref.name,
                since=rows.stamp(since),
                restart=restart,
            )
        ]
        return tuple(map(rows.run, found))

    async def latest(self, host: str, stack: str) -> model.Run | None:
        """Return the newest run on the stack that has started, without steps."""
        found = await self._connection.fetch("latest_run", host=host, stack=stack)
        return rows.run(found[0]) if found else None

    async def samples(
        self, *, since: datetime, limit: int, stack: model.StackRef | None = None
    ) -> tuple[stats.Sample, ...]:
        """Return up to `limit` of the newest that began since then and are over."""
        found = await self._connection.fetch(
            "run_samples" if stack is None else "run_samples_of_stack",
            since=rows.stamp(since),
            limit=limit,
            host=None if stack is None else stack.host,
            stack=None if stack is None else stack.name,
        )
        return tuple(map(rows.sample, found))

    async def planned_by(
        self, stack: model.StackRef, *, until: datetime, limit: int
    ) -> tuple[model.Run, ...]:
        """Return up to `limit` of the stack's that were planned up to then, newest first."""
        found = await self._connection.fetch(
            "runs_of_stack_by",
            host=stack.host,
            stack=stack.name,
            until=rows.stamp(until),
            limit=limit,
        )
        return tuple(map(rows.run, found))

    async def last_success(self, stack: model.StackRef, *, until: datetime) -> model.Run | None:
        """Return the stack's newest that had succeeded by then, without steps."""
        found = await self._connection.fetch(
            "last_success_by", host=stack.host, stack=stack.name, until=rows.stamp(until)
        )
        return rows.run(found[0]) if found else None


def _with_steps(found: Sequence[Row], steps: Sequence[Row]) -> tuple[model.Run, ...]:
    """Return the runs with their steps, of which those of one run are together."""
    by_run = {
        run_id: tuple(map(rows.step, group))
        for run_id, group in groupby(steps, key=lambda row: row["run_id"])
    }
    return tuple(rows.run(row, by_run.get(row["id"], ())) for row in found)
