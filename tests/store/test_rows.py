"""Rows ↔ values of the model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dockschedd.core import dates
from dockschedd.store import rows
from tests import strategies

few = settings(max_examples=50)
here = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


class Undone(Exception):
    """Rolls a transaction back."""


@few
@given(strategies.schedules, st.lists(strategies.calendars, max_size=2))
def test_a_schedule_survives_the_round_trip(schedule, calendars):
    """Every field of a schedule comes back, with the dates that its calendars have."""
    schedule = replace(schedule, trigger=dates.with_calendars(schedule.trigger, tuple(calendars)))
    assume(len({each.name for each in calendars}) == len(calendars))
    known = {each.name: each for each in dates.of(schedule.trigger)}

    assert schedule == rows.schedule(rows.schedule_values(schedule), known)


@few
@given(strategies.runs)
def test_a_run_survives_the_round_trip(run):
    """Every field of a run but its steps comes back."""
    assert run == rows.run(rows.run_values(run))


@few
@given(strategies.steps)
def test_a_step_survives_the_round_trip(step):
    """Every field of a step comes back."""
    assert step == rows.step(rows.step_values("run", step))


@few
@given(strategies.users)
def test_a_user_survives_the_round_trip(user):
    """Every field of a user comes back."""
    assert user == rows.user(rows.user_values(user))


@few
@given(strategies.sessions)
def test_a_session_survives_the_round_trip(session):
    """Every field of a session comes back."""
    assert session == rows.session(rows.session_values(session))


everything = st.tuples(
    strategies.schedules,
    strategies.runs,
    strategies.steps,
    strategies.users,
    strategies.audit_records,
)


@here
@given(values=everything)
async def test_databases_give_back_what_they_were_given(store, values):
    """Whatever the model can hold, both databases hold, and nothing is changed on the way."""
    schedule, run, step, user, record = values
    with pytest.raises(Undone):  # noqa: PT012  # raised anywhere in it
        async with store.transaction() as unit:
            await unit.schedules.add(schedule)
            assert schedule == await unit.schedules.get(schedule.id)
            assert await unit.runs.add(run)
            await unit.runs.plan_steps(run.id, [step])
            found = await unit.runs.get(run.id)
            assert found is not None
            assert (step,) == found.steps
            await unit.users.add(user)
            assert user == await unit.users.get(user.id)
            entry = await unit.audit.append(record)
            assert record == entry.record
            assert (entry,) == await unit.audit.page(before=None, limit=1)
            assert (await unit.audit.verify()).ok
            raise Undone
