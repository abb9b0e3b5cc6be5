"""Since when containers are in their states: events have the instant, lists round words."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model
from dockschedd.core.model import ContainerState, Since
from dockschedd.core.since import Moments
from tests.fake_clock import START

HOUR = timedelta(hours=1)
STATES = {"create": "created", "start": "running", "unpause": "running", "pause": "paused",
          "die": "exited"}  # fmt: skip


def seen(state: str, age: timedelta | None = None, since: Since | None = None) -> model.Container:
    return model.Container(id="1", name="a", service="a", number=1,
                           state=ContainerState(state), age=age, since=since)  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(sorted(STATES)), st.integers(0, 1000)), min_size=1),
    st.data(),
)
def test_the_last_event_counts_in_whatever_order_they_are_replayed(found, data) -> None:
    """After a reconnect the engine tells again what was heard already."""
    found = {at: action for action, at in found}
    moments = Moments()
    for at in data.draw(st.permutations(sorted(found))):
        moments.happened("1", found[at], START + timedelta(seconds=at))
    last = max(found)

    known = moments.of(seen(STATES[found[last]]), START + HOUR)
    assert known == Since(at=START + timedelta(seconds=last), exact=True)


def test_at_the_first_sight_it_is_what_the_engine_says_and_stays_that() -> None:
    """Round words of later lists do not move it."""
    moments = Moments()
    first = moments.of(seen("running", age=3 * HOUR), START)

    assert first == Since(at=START - 3 * HOUR, exact=False)
    assert moments.of(seen("running", age=4 * HOUR), START + HOUR / 2) == first
    assert moments.of(seen("running"), START + HOUR) == first


def test_what_was_created_and_never_started_is_so_since_it_was_created() -> None:
    """The list has that instant."""
    since = Since(at=START - HOUR, exact=True)

    assert Moments().of(seen("created", since=since), START) == since


def test_nobody_knows_since_when_something_is_paused_that_nobody_saw() -> None:
    """The engine only says for how long it is up."""
    moments = Moments()

    assert moments.of(seen("paused"), START) is None
    moments.happened("1", "pause", START)
    assert moments.of(seen("paused"), START) == Since(at=START, exact=True)


def test_an_event_counts_for_the_state_that_it_leads_to_alone() -> None:
    """A list may be older than an event, and newer."""
    moments = Moments()
    moments.happened("1", "die", START)

    assert moments.of(seen("running", age=HOUR), START).exact is False
    for word in ("exited", "dead", "restarting", "removing"):
        assert moments.of(seen(word), START) == Since(at=START, exact=True)


def test_actions_that_change_no_state_are_passed_over() -> None:
    """A signal, a look at the health, a new limit."""
    moments = Moments()
    for action in ("kill", "update", "health_status: healthy", "rename", "stop"):
        moments.happened("1", action, START)

    assert moments.of(seen("exited"), START) is None


def test_a_restart_that_nobody_saw_shows_in_the_engines_words() -> None:
    """`Up 5 seconds` cannot have been up for an hour; `Up 3 hours` can, nearly four."""
    moments = Moments()
    moments.happened("1", "start", START)
    later = START + 3 * HOUR + HOUR / 2

    assert moments.of(seen("running", age=3 * HOUR), later).exact
    found = moments.of(seen("running", age=timedelta(seconds=5)), later)
    assert found == Since(at=later - timedelta(seconds=5), exact=False)


def test_what_is_known_of_a_container_that_is_gone_is_forgotten() -> None:
    """Its id is not used again."""
    moments = Moments()
    moments.happened("1", "die", START)
    moments.forget("1")

    assert moments.of(seen("exited"), START) is None


def test_an_inspect_tells_when_something_ended_and_not_since_when_it_is_up() -> None:
    """It may have been paused meanwhile."""
    moments = Moments()
    moments.inspected("1", ContainerState.RUNNING, START)
    assert moments.of(seen("running"), START) is None
    moments.inspected("1", ContainerState.EXITED, None)
    assert moments.of(seen("exited"), START) is None
    moments.inspected("1", ContainerState.EXITED, START)

    assert moments.of(seen("exited"), START) == Since(at=START, exact=True)
