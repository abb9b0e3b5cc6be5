"""What a schedule does next on a stack, as far as other windows let it."""

from __future__ import annotations

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
