"""What a schedule does next on a stack, as far as other windows let it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from dockschedd.core import coming, model
from dockschedd.core.triggers import Wish
from tests.core.test_wants import REF, at, window
from tests.store import nouns


def test_an_edge_that_another_window_overrules_is_passed_over():
    """The office closes at six while the show goes on until eight: it next acts next morning."""
    office = window()
    show = window("daily 12:00-20:00", name="show")

    assert coming.first(office, REF, [office, show], after=at(9)) == (
        at(32),
        model.Action.START,
    )
    assert coming.first(show, REF, [office, show], after=at(13)) == (at(20), model.Action.STOP)
    assert coming.first(office, REF, [office], after=at(9)) == (at(18), model.Action.STOP)


def test_one_that_never_has_its_way_does_nothing():
    """A window that only ever closes, while another keeps the stack awake for good."""
    closes = window("daily -18:00", name="closes")
    awake = window("mon-sat 00:00-24:00, sun 01:00-24:00", name="awake")
    asleep = window("daily 10:00-11:00", Wish.ASLEEP, "nap")

    assert coming.first(closes, REF, [closes, awake], after=at(9)) is None
    first = coming.first(asleep, REF, [asleep, awake], after=at(9))
    assert first == (at(11), model.Action.START)


def test_what_is_no_window_is_never_overruled():
    """A cron schedule acts at its instants, whatever windows want."""
    cron = nouns.schedule("c")

    assert coming.first(cron, REF, [window()], after=at(9)) == (at(12), model.Action.STOP)
    assert coming.first(cron, REF, [], after=at(12)) == (at(36), model.Action.STOP)


def test_schedules_come_together_in_order_of_time():
    """Each occurrence once, by time and then by name, up to the end that is given."""
    noon, again = nouns.schedule("noon"), nouns.schedule("again")
    office = window()
    found = coming.ahead([noon, office, again], after=at(9), until=at(36))

    assert [(each.at, each.schedule.name, each.action) for each in found] == [
        (at(12), "again", model.Action.STOP),
        (at(12), "noon", model.Action.STOP),
        (at(18), office.name, model.Action.STOP),
        (at(32), office.name, model.Action.START),
        (at(36), "again", model.Action.STOP),
        (at(36), "noon", model.Action.STOP),
    ]


def test_on_one_stack_only_what_is_done_there_comes():
    """Edges that another window overrules are passed over; there is no end unless given."""
    office, show = window(), window("daily 12:00-20:00", name="show")
    found = coming.ahead([office, show], after=at(13), stack=REF)

    assert [(each.at, each.schedule.name) for each in islice(found, 3)] == [
        (at(20), "show"),
        (at(32), office.name),
        (at(36), "show"),
    ]


def test_a_schedule_that_cannot_be_understood_any_more_is_left_out():
    """Its zone has gone from the machine: the others are told all the same."""
    office = window()
    gone = replace(window(), name="gone", trigger=replace(office.trigger, zone="Mars/Olympus"))
    found = coming.ahead([gone, office], after=at(9))

    assert next(found).schedule.name == office.name
