"""What the machine of test_wishes does to schedules: windows, other triggers, removal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dockschedd.core import due, model, triggers
from tests.daemon.spans import Span, spans
from tests.daemon.test_machine import MINUTE, SECOND, STACKS, Known, Machine

if TYPE_CHECKING:
    from datetime import datetime


def names(known: Known, ref: str) -> bool:
    return "*" in known.schedule.selector or known.schedule.selector == ref


def window(
    span: Span, enforce: triggers.Enforce, sleep_by: triggers.SleepBy
) -> triggers.WindowTrigger:
    return triggers.WindowTrigger(
        expression=span.text,
        zone=span.zone,
        wants=triggers.Wish(span.wants),
        enforce=enforce,
        sleep_by=sleep_by,
    )


class Edits(Machine):
    """Remembers when anybody last had a word on each stack."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: dict[str, Span] = {}
        self.gone: list[Known] = []
        self.spoken: dict[str, datetime] = {}

    def _speak(self, ref: str) -> None:
        self.spoken[ref] = self.now

    @precondition(lambda self: len(self.known) < 6)
    @rule(
        span=spans(),
        ref=st.sampled_from(STACKS),
        enforce=st.sampled_from(triggers.Enforce),
        sleep_by=st.sampled_from(triggers.SleepBy),
    )
    def add_window(self, *, span, ref, enforce, sleep_by) -> None:
        async def it() -> None:
            name = self.world.ids.new()[-6:]
            trigger = window(span, enforce, sleep_by)
            schedule = await self.daemon.schedule(f"w{name}", "-", ref, trigger=trigger)
            self.known.append(Known(schedule, [(self.now, None)]))
            self.spans[schedule.id] = span
            await self.daemon.pass_time(SECOND)

        self.do(it())

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(),
        span=st.none() | spans(),
        cron=st.sampled_from(("*/7 * * * *", "*/13 * * * *", None)),
        minutes=st.integers(1, 90),
    )
    def retrigger(self, *, data, span, cron, minutes) -> None:
        """Give it another kind of trigger: it begins anew."""
        known = data.draw(st.sampled_from(self.known))
        old = known.schedule
        trigger: triggers.Trigger
        if span is not None:
            trigger = window(span, triggers.Enforce.BOUNDARY, triggers.SleepBy.STOP)
        elif cron is not None:
            trigger = triggers.CronTrigger(expression=cron, zone="Asia/Kolkata")
        else:
            trigger = triggers.AtTrigger(at=self.now + minutes * MINUTE, zone="UTC")

        async def it() -> None:
            on = known.enabled[-1][1] is None
            new = replace(
                old,
                trigger=trigger,
                action=None if span else (old.action or model.Action.START),
                catch_up=model.CatchUp.LATEST if span else old.catch_up,
                updated_at=self.now,
                next_at=due.first_at(trigger, after=self.now) if on else None,
                done=False,
            )
            async with self.daemon.store.transaction() as unit:
                await unit.schedules.replace(new)
            self._over(known)
            self.known.append(Known(new, [(self.now, None if on else self.now)]))
            self.spans.pop(old.id, None)
            if span is not None:
                self.spans[old.id] = span
            await self._changed()

        self.do(it())

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def remove(self, data) -> None:
        """Its history stays, and what it has planned is cancelled."""
        known = data.draw(st.sampled_from(self.known))

        async def it() -> None:
            async with self.daemon.store.transaction() as unit:
                await unit.schedules.remove(known.schedule.id)
                for run in await unit.runs.page(
                    before=None,
                    limit=1000,
                    schedule_id=known.schedule.id,
                    status=model.RunStatus.PLANNED,
                ):
                    await unit.runs.settle(
                        run.id, status=model.RunStatus.CANCELLED, at=self.now, cause="removed"
                    )
            self._over(known)
            self.spans.pop(known.schedule.id, None)
            await self._changed()

        self.do(it())

    def _over(self, known: Known) -> None:
        """What it did is still checked; nobody edits it any more."""
        since, until = known.enabled[-1]
        known.enabled[-1] = (since, until or self.now)
        self.known.remove(known)
        self.gone.append(known)
        for ref in STACKS:
            if names(known, ref):
                self._speak(ref)

    async def _changed(self) -> None:
        self.daemon.ticker.wake()
        self.daemon.enforcer.wake()
        await self.daemon.pass_time(SECOND)
