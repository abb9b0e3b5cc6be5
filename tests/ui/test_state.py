"""What the UI knows: properties of the fold, and what is worth a toast."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.output.runs import OVER
from dockschedctl.ui import notices
from dockschedctl.ui.notices import Weight
from dockschedctl.ui.state import (
    NEWEST,
    Breathed,
    Glanced,
    Heard,
    LoggedOut,
    Lost,
    Phase,
    State,
    Synced,
    fold,
    furthest,
    newest_run,
)
from dockschedd.wire import system
from tests.ctl import samples

NAMES = ("local/web", "local/db", "edge/kiosk")
STATUSES = ("planned", "running", *sorted(OVER))


def built(kind, **fields):
    """Values of a struct whose annotations need no import at run time."""
    return st.fixed_dictionaries(fields).map(lambda found: kind(**found))


instants = st.integers(0, 10_000).map(lambda n: samples.at(seconds=-n))
stacks = st.builds(
    samples.stack,
    st.sampled_from(NAMES),
    status=st.sampled_from(["running", "stopped", "partial", "unknown"]),
    hold=st.sampled_from([None, samples.HOLD]),
)
runs = st.builds(
    lambda number, stack, status: samples.run(
        id=f"01936000-0000-7000-8000-{number:012}",
        stack=stack,
        status=status,
        created_at=samples.at(seconds=-number),
    ),
    st.integers(0, 20),
    st.sampled_from(NAMES),
    st.sampled_from(STATUSES),
)
statuses = st.lists(runs, max_size=3).map(
    lambda found: msgspec.structs.replace(
        samples.STATUS, running=tuple(run for run in found if run.status == "running")
    )
)
changes = st.builds(
    lambda noun, name, action: system.ChangeEvent(
        noun=noun, name=name, action=action, by="bob", at=samples.NOW
    ),
    st.sampled_from(["schedule", "hold", "freeze"]),
    st.sampled_from(["", *NAMES]),
    st.sampled_from(["add", "release", "thaw", "expire"]),
)
wire_events = st.one_of(
    changes,
    runs.map(lambda run: system.RunEvent(run=run)),
    stacks.map(lambda stack: system.StackEvent(name=stack.name, stack=stack)),
    st.sampled_from(NAMES).map(lambda name: system.StackEvent(name=name, stack=None)),
)
events = st.one_of(
    built(
        Synced,
        at=instants,
        me=st.just(samples.ME),
        status=statuses,
        stacks=st.lists(stacks, max_size=3, unique_by=lambda s: s.name).map(tuple),
        runs=st.lists(runs, max_size=4).map(tuple),
    ),
    built(Glanced, at=instants, status=statuses),
    built(Heard, at=instants, event=wire_events),
    built(Breathed, at=instants),
    built(Lost, why=st.just("nothing listens")),
    built(LoggedOut, why=st.just("the session has ended")),
)


def after(*found) -> State:
    state = State()
    for event in found:
        state = fold(state, event)
    return state


def synced(**changes) -> Synced:
    fields = {
        "at": samples.NOW, "me": samples.ME, "stacks": samples.STACKS, "runs": (),
        "status": msgspec.structs.replace(samples.STATUS, running=()),
    }  # fmt: skip
    return Synced(**fields | changes)


@given(st.lists(events, max_size=8), events)
def test_hearing_the_same_twice_changes_nothing(before, event) -> None:
    """So that a reconnect, which reads what was heard already, is harmless."""
    once = after(*before, event)

    assert fold(once, event) == once


@given(st.lists(events, max_size=10))
def test_a_run_is_never_both_under_way_and_over(found) -> None:
    """And what is over is over; what is under way runs."""
    state = after(*found)

    assert all(run.status in OVER for run in state.results.values())
    assert all(run.status == "running" for run in state.running.values())
    assert all(name == run.stack for name, run in state.results.items())


@given(st.lists(events, max_size=8), st.lists(events, max_size=8))
def test_after_a_whole_look_it_does_not_matter_which_stacks_were_known(one, two) -> None:
    """A look replaces what was known of stacks, of the daemon and of the connection."""
    look = synced()
    first, second = after(*one, look), after(*two, look)

    assert (first.stacks, first.status, first.phase) == (second.stacks, second.status, Phase.LIVE)
    assert first.running == second.running


@given(st.lists(st.one_of(events.filter(lambda e: not isinstance(e, Synced))), max_size=8))
def test_a_lost_connection_keeps_the_picture(found) -> None:
    """Until something is heard again, nothing of it goes."""
    before = after(synced(), *found)
    lost = fold(before, Lost(why="nothing listens"))

    assert (lost.stacks, lost.results, lost.seen_at) == (
        before.stacks, before.results, before.seen_at,
    )  # fmt: skip
    assert lost.phase is Phase.LOST


@given(st.permutations(range(6)))
def test_the_newest_run_of_a_stack_counts_in_whatever_order_they_are_heard(order) -> None:
    """As pages of a list are read beside the stream."""
    found = [
        samples.run(
            id=f"01936000-0000-7000-8000-{n:012}",
            stack="local/web",
            status="failed",
            created_at=samples.at(seconds=-n),
        )
        for n in range(6)
    ]
    heard = [Heard(at=samples.NOW, event=system.RunEvent(run=found[n])) for n in order]

    assert after(synced(), *heard).results["local/web"] == found[5]


@given(st.lists(events, max_size=8), events)
def test_nothing_new_is_nothing_to_tell(before, event) -> None:
    """Folding the same again makes no toast."""
    state = after(*before, event)

    assert notices.between(state, fold(state, event), now=samples.NOW) == ()


def test_the_first_picture_is_no_news() -> None:
    """What happened before anybody looked is in the history."""
    first = after(synced(runs=(samples.FAILED,)))

    assert notices.between(State(), first, now=samples.NOW) == ()


def test_many_runs_that_end_at_once_are_summed_up() -> None:
    """Fifty toasts help nobody."""
    many = tuple(samples.stack(f"local/s{n}") for n in range(50))
    before = after(synced(stacks=many))
    ended = [
        samples.run(
            id=f"01936000-0000-7000-8000-{n:012}",
            stack=f"local/s{n}",
            status="failed",
            created_at=samples.NOW,
        )
        for n in range(50)
    ]
    state = fold(before, synced(stacks=many, runs=tuple(ended)))

    (notice,) = notices.between(before, state, now=samples.NOW)
    assert (notice.weight, notice.text) == (Weight.BAD, "50 runs did not succeed")


def test_what_a_role_may_do_is_what_the_daemon_says() -> None:
    """Without a login nothing; what needs no permission always."""
    state = after(synced())

    assert state.may("stack.read")
    assert not state.may("user.write")
    assert not State().may("stack.read")
    assert State().may(None)


COURSE = (
    samples.run(),
    samples.RUNNING,
    samples.HALF,
    samples.FAILED,
)
pictures = st.sampled_from(COURSE).flatmap(
    lambda run: st.sampled_from([run, msgspec.structs.replace(run, steps=())])
)


@given(pictures, pictures)
def test_of_two_pictures_of_a_run_the_later_one_counts(one, two) -> None:
    """In whichever order they come; steps that are known stay known."""
    first, second = furthest(one, two), furthest(two, one)

    assert first == second
    words = ("planned", "running", "partial")
    assert words.index(first.status) == max(map(words.index, (one.status, two.status)))
    assert bool(first.steps) is bool(one.steps or two.steps)
    assert furthest(first, one) is first


def test_only_the_newest_runs_are_kept_but_all_that_go_on() -> None:
    """However many are heard of."""
    found = [
        samples.run(
            id=f"01936000-0000-7000-8000-{n:012}", status="running",
            created_at=samples.at(seconds=-n),
        )
        for n in range(NEWEST + 20)
    ]  # fmt: skip
    state = after(
        synced(), *(Heard(at=samples.NOW, event=system.RunEvent(run=run)) for run in found)
    )

    assert sorted(state.runs) == [run.id for run in found[20:]]
    assert len(state.running) == len(found)


def test_the_newest_run_of_a_stack_is_what_acts_on_it_now() -> None:
    """Else what acted on it last, else what is planned."""
    old = samples.run(id="a", status="failed", created_at=samples.at(hours=2))
    going = samples.run(id="b", status="running", created_at=samples.at(hours=1))
    planned = samples.run(id="c")

    def newest(*found) -> str | None:
        heard = (Heard(at=samples.NOW, event=system.RunEvent(run=run)) for run in found)
        run = newest_run(after(synced(), *heard), "local/web")
        return None if run is None else run.id

    assert newest() is None
    assert newest(planned) == "c"
    assert newest(old, planned) == "a"
    assert newest(old, going, planned) == "b"


def frozen(*, is_so: bool) -> system.Status:
    return msgspec.structs.replace(
        samples.STATUS, running=(), frozen=samples.FREEZE if is_so else None
    )


def heard(noun: str, name: str, action: str) -> Heard:
    event = system.ChangeEvent(noun=noun, name=name, action=action, by="bob", at=samples.NOW)
    return Heard(at=samples.NOW, event=event)


def texts(before: State, *found) -> list[str]:
    told = []
    for event in found:
        state = fold(before, event)
        told += [notice.text for notice in notices.between(before, state, now=samples.NOW)]
        before = state
    return told


def test_who_froze_and_who_thawed_is_told() -> None:
    """Once each, and that a freeze ended by itself."""
    plain = after(synced(status=frozen(is_so=False)))
    freeze = Glanced(at=samples.NOW, status=frozen(is_so=True))
    thaw = Glanced(at=samples.NOW, status=frozen(is_so=False))

    assert texts(
        plain,
        heard("freeze", "", "freeze"), freeze, freeze,
        heard("freeze", "", "thaw"), thaw,
        freeze,
        heard("freeze", "", "expire"), thaw,
    ) == [
        samples.FREEZE.reads,
        "schedules are not frozen any more: thawed by bob",
        samples.FREEZE.reads,
        "schedules are not frozen any more: its time is over",
    ]  # fmt: skip


def test_who_holds_and_who_released_is_told() -> None:
    """Who released it is not in the stack, but in the change that was heard before."""
    free, held = samples.stack("local/web"), samples.stack("local/web", hold=samples.HOLD)
    place, release = (
        Heard(at=samples.NOW, event=system.StackEvent(name="local/web", stack=stack))
        for stack in (held, free)
    )
    known = after(synced(stacks=(free,)))

    assert texts(
        known, place, heard("hold", "local/web", "release"), release,
        place, heard("hold", "local/web", "expire"), release,
        place, heard("hold", "local/web", "place"), heard("hold", "x/y", "release"), release,
    ) == [
        f"local/web is {samples.HOLD.reads}",
        "local/web is not held any more: released by bob",
        f"local/web is {samples.HOLD.reads}",
        "local/web is not held any more: its time is over",
        f"local/web is {samples.HOLD.reads}",
        "local/web is not held any more",
    ]  # fmt: skip


def test_the_newest_change_of_a_noun_is_known() -> None:
    """So that a page can tell whether what it shows is older."""
    state = after(synced(), heard("schedule", "a", "add"), heard("hold", "b", "place"))

    assert state.newest("calendar") is None
    assert state.newest("calendar", "schedule").name == "a"
