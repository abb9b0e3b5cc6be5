"""ports.Calendars, and the schedules that name them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.core import dates, triggers
from dockschedd.store import calendars
from tests import strategies
from tests.store import nouns
from tests.store.nouns import NOON

here = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
XMAS, NEW_YEAR = date(2026, 12, 25), date(2027, 1, 1)


def kept(name: str = "holidays", *days: date) -> dates.Kept:
    made = triggers.Calendar(name=name, dates=frozenset(days))
    return dates.Kept(calendar=made, owner="alice", updated_at=NOON)


def excepting(name: str, *made: dates.Kept, **changes):
    trigger = triggers.CronTrigger(
        expression="0 12 * * *", zone="UTC", except_on=tuple(each.calendar for each in made)
    )
    return nouns.schedule(name, trigger=trigger, **changes)


@given(
    st.builds(
        dates.Kept,
        calendar=strategies.calendars,
        owner=strategies.names,
        updated_at=strategies.instants,
    )
)
@here
def test_a_calendar_survives_the_round_trip(made):
    """Every field comes back."""
    assert calendars.kept(calendars.values(made)) == made


async def test_calendars_are_added_changed_and_removed(store):
    """By name; what is not there, or there already, is said."""
    first, other = kept("holidays", XMAS), kept("fair", NEW_YEAR)
    changed = replace(kept("holidays", XMAS, NEW_YEAR), owner="bob")
    async with store.transaction() as unit:
        await unit.calendars.add(first)
        await unit.calendars.add(other)
        with pytest.raises(errors.Conflict) as taken:
            await unit.calendars.add(first)
        await unit.calendars.replace(changed)
    async with store.reading() as unit:
        found = await unit.calendars.all()
        none = await unit.calendars.get("Holidays")
    async with store.transaction() as unit:
        await unit.calendars.remove("fair")
        for gone in (unit.calendars.remove("fair"), unit.calendars.replace(other)):
            with pytest.raises(errors.NotFound):
                await gone
        left = await unit.calendars.all()

    assert (found, none, left) == ((other, changed), None, (changed,))
    assert taken.value.code == "calendar-exists"


async def test_a_schedule_comes_with_the_dates_of_its_calendars(store):
    """Those that its calendars have now, also where both are changed in one transaction."""
    holidays, fair = kept("holidays", XMAS), kept("fair")
    window = triggers.WindowTrigger(
        expression="mon-fri 08:00-18:00",
        zone="UTC",
        wants=triggers.Wish.AWAKE,
        also_asleep=(fair.calendar,),
    )
    night = excepting("night", holidays, fair)
    day = nouns.schedule("day", trigger=window, action=None)
    later = kept("holidays", XMAS, NEW_YEAR)
    async with store.transaction() as unit:
        await unit.calendars.add(holidays)
        await unit.calendars.add(fair)
        await unit.schedules.add(night)
        await unit.schedules.add(day)
        before = await unit.schedules.page(after=None, limit=9)
        await unit.calendars.replace(later)
        after = await unit.schedules.get("night")
    async with store.reading() as unit:
        due = await unit.schedules.due(NOON, limit=9)
        upcoming = await unit.schedules.upcoming(limit=9)

    assert before == (day, night)
    assert after == replace(night, trigger=excepting("night", later, fair).trigger)
    assert set(due) == {day, after} == set(upcoming)


async def test_schedules_are_found_by_the_calendar_that_they_name(store):
    """By its whole name, as it is written, page by page; how many there are is counted."""
    made = [kept(name) for name in ("holidays", "Holidays", "holi", "holi_ays", "unused")]
    async with store.transaction() as unit:
        for each in made:
            await unit.calendars.add(each)
        for position, each in enumerate(made[:4]):
            await unit.schedules.add(excepting(f"s{position}", each))
        await unit.schedules.add(excepting("both", made[0], made[2]))
        await unit.schedules.add(nouns.schedule("plain"))

        async def named(calendar: str, after: str | None = None, limit: int = 9) -> list[str]:
            found = await unit.schedules.with_calendar(calendar, after=after, limit=limit)
            return [each.name for each in found]

        assert await named("holidays") == ["both", "s0"]
        assert await named("holidays", after="both") == ["s0"]
        assert await named("holi", limit=1) == ["both"]
        assert await named("holi_ays") == ["s3"]
        assert await named("unused") == []
        assert await unit.calendars.used() == {
            "holidays": 2,
            "Holidays": 1,
            "holi": 2,
            "holi_ays": 1,
        }


async def test_instants_are_moved_whatever_they_were(store):
    """Also from none and to none."""
    first, second = nouns.schedule("a"), nouns.schedule("b", next_at=None)
    async with store.transaction() as unit:
        await unit.schedules.add(first)
        await unit.schedules.add(second)
        await unit.schedules.move_all([(first.id, None), (second.id, NOON + timedelta(days=1))])
        found = await unit.schedules.page(after=None, limit=9)

    assert [each.next_at for each in found] == [None, NOON + timedelta(days=1)]
