"""Conflicts of windows, with actions, with each other and across stacks, against minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import conflicts, model, parties, triggers, windows
from dockschedd.core.findings import Kind
from dockschedd.errors import Invalid
from tests.core import cron_strategies as draw
from tests.core import window_oracle
from tests.core.window_oracle import utc

WEB, DB = model.StackRef("local", "web"), model.StackRef("local", "db")
MINUTE = timedelta(minutes=1)
#: A clock change in the middle: 02:00 becomes 03:00.
ZONE = "Europe/Berlin"
NEAR = window_oracle.span(ZONE, utc(2026, 3, 29, 1))
SPAN = parties.Span(NEAR.minutes[1440], NEAR.minutes[-1440])
#: The minutes that are looked at, and the one at which looking begins.
LOOKED_AT = range(1440, len(NEAR.minutes) - 1440 + 1)
UP = {model.Action.START, model.Action.RESTART, model.Action.UNPAUSE}


def party(name, trigger, action=None, *, stack=WEB, spread=timedelta()):
    return parties.Party(
        id=name,
        name=name,
        trigger=trigger,
        action=None if action is None else model.Action(action),
        stacks=frozenset({stack}),
        since=utc(2026, 1, 1),
        spread=spread,
    )


def window(name, wants, text, *, stack=WEB, zone="UTC", **rest):
    wish = triggers.Wish(wants)
    trigger = triggers.WindowTrigger(expression=text, zone=zone, wants=wish, **rest)
    return party(name, trigger, stack=stack)


def action(name, does, expression, *, stack=WEB, zone="UTC", **rest):
    trigger = triggers.CronTrigger(expression=expression, zone=zone)
    return party(name, trigger, does, stack=stack, **rest)


def find(*everyone, takes=MINUTE, looking_at=(SPAN,), **rest):
    return conflicts.find(
        everyone, looking_at=looking_at, expected=lambda stack, action: takes, **rest
    )


def kinds(found):
    return [each.kind for each in found if not each.is_notice]


def told(found):
    return {(each.kind, each.names()) for each in found if not each.is_notice}


# ---------------------------------------------------------------- what hypothesis draws


@st.composite
def drawn_windows(draw_one, name, stack=WEB):
    """A party, and for each minute whether it wants the stack awake."""
    items = draw_one(st.lists(window_oracle.recurring(), min_size=1, max_size=2))
    text = window_oracle.text(items)
    try:
        windows.parse(text)
    except Invalid:
        items = [window_oracle.Recurring((0, 1, 2, 3, 4, 5, 6), "22:00", "06:00")]
        text = items[0].text
    wants = draw_one(st.sampled_from(triggers.Wish))
    inside = NEAR.inside(items)
    awake = [bool(state) == (wants == "awake") for state in inside]
    return window(name, wants, text, stack=stack, zone=ZONE), awake


@st.composite
def drawn_actions(draw_one, name, stack=WEB):
    """A party that comes once, and the minute at which it does."""
    middle = len(NEAR.minutes) // 2
    near = st.one_of(
        st.integers(LOOKED_AT.start + 1, LOOKED_AT.stop - 1),
        st.integers(middle - 180, middle + 180),
    )
    place = draw_one(near)
    trigger = triggers.AtTrigger(at=NEAR.minutes[place], zone=ZONE)
    return party(name, trigger, draw_one(st.sampled_from(model.Action)), stack=stack), place


def against(one, window, takes):
    """What the design says of an action and a window, minute by minute."""
    (acting, place), (wanting, awake) = one, window
    names = frozenset({acting.name, wanting.name})
    needs_awake = acting.action in UP
    if awake[place] != needs_awake:
        asleep = acting.action is model.Action.RESTART
        return {(Kind.ASLEEP if asleep else Kind.AGAINST, names)}
    beyond = min(place + takes // MINUTE, LOOKED_AT.stop)
    if any(awake[n] != needs_awake for n in range(place, beyond)):
        return {(Kind.OPPOSITE, names)}
    return set()


def disagreement(one, other):
    (first, awake), (second, awake_too) = one, other
    if any(awake[n] != awake_too[n] for n in LOOKED_AT):
        return {(Kind.DISAGREEMENT, frozenset({first.name, second.name}))}
    return set()


# ---------------------------------------------------------------- against the minutes


@given(
    st.lists(st.just(0), max_size=2).flatmap(
        lambda some: st.tuples(*(drawn_windows(f"w{n}") for n in range(len(some))))
    ),
    drawn_actions("a"),
    st.sampled_from((MINUTE, 10 * MINUTE, 90 * MINUTE)),
)
@draw.effort(150)
def test_what_contradicts_a_window_is_found_and_nothing_else(states, one, takes):
    """One action and up to two windows, judged by the state that each minute has."""
    expected = set()
    for each in states:
        expected |= against(one, each, takes)
    for first, second in combinations(states, 2):
        expected |= disagreement(first, second)
    found = find(one[0], *(each[0] for each in states), takes=takes)
    assert told(found) == expected


@st.composite
def drawn_plans(draw_one, name, stack):
    """What is planned for a stack: windows, or actions, as (party, what it knows) pairs."""
    if draw_one(st.booleans()):
        count = draw_one(st.integers(1, 2))
        return [draw_one(drawn_windows(f"{name}{n}", stack)) for n in range(count)], []
    count = draw_one(st.integers(0, 3))
    return [], [draw_one(drawn_actions(f"{name}{n}", stack)) for n in range(count)]


def makers(plan, n, *, awake):
    """The schedules that make the stack so in that minute."""
    states, actions = plan
    if states:
        wanting = {each.name for each, state in states if state[n]}
        everyone = {each.name for each, _ in states}
        return wanting if awake else (set() if wanting else everyone)
    deciding = [(p, at) for p, at in actions if at <= n and p.action is not model.Action.RESTART]
    newest = max((at for _, at in deciding), default=None)
    last = [p for p, at in deciding if at == newest]
    up = {p.name for p in last if p.action in UP}
    return up if awake else set() if up else {p.name for p in last}


@given(drawn_plans("a", WEB), drawn_plans("b", DB))
@draw.effort(60)
def test_a_stack_asleep_while_one_that_requires_it_is_awake_is_found(above, below):
    """Every pair of schedules that makes it so in some minute, and no other pair."""
    everyone = [each for plan in (above, below) for kind in plan for each, _ in kind]
    expected = {
        frozenset(pair)
        for n in LOOKED_AT
        for pair in product(makers(above, n, awake=True), makers(below, n, awake=False))
    }
    found = find(*everyone, requirements=[(WEB, DB)])
    assert {each.names() for each in found if each.kind is Kind.REQUIRED} == expected
    for each in found:
        if each.kind is Kind.REQUIRED:
            for name in each.names():
                about = find(*everyone, requirements=[(WEB, DB)], about=name)
                assert each in about
    assert not [each for each in find(*everyone) if each.kind is Kind.REQUIRED]


# ---------------------------------------------------------------- by example

OFFICE = window("office", "awake", "daily 08:00-18:00")


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([action("a", "start", "0 8 * * *")], []),
        ([action("a", "stop", "0 18 * * *")], []),
        ([action("a", "pause", "0 18 * * *")], []),
        ([action("a", "start", "0 12 * * *")], []),
        ([action("a", "restart", "0 12 * * *")], []),
        ([action("a", "stop", "0 3 * * *")], []),
        ([action("a", "start", "0 18 * * *")], [Kind.AGAINST]),
        ([action("a", "stop", "0 8 * * *")], [Kind.AGAINST]),
        ([action("a", "stop", "0 12 * * *")], [Kind.AGAINST]),
        ([action("a", "pause", "0 12 * * *")], [Kind.AGAINST]),
        ([action("a", "unpause", "0 3 * * *")], [Kind.AGAINST]),
        ([action("a", "start", "0 7 * * *")], [Kind.AGAINST]),
        ([action("a", "restart", "0 3 * * *")], [Kind.ASLEEP]),
        ([action("a", "restart", "0 18 * * *")], [Kind.ASLEEP]),
        ([window("w", "awake", "daily 08:00-18:00")], []),
        ([window("w", "asleep", "daily 18:00-08:00")], []),
        ([window("w", "asleep", "daily 18:00-08:00", sleep_by=triggers.SleepBy.PAUSE)], []),
        ([window("w", "asleep", "daily 18:00-07:59")], [Kind.DISAGREEMENT]),
        ([window("w", "awake", "sat,sun 10:00-20:00")], [Kind.DISAGREEMENT]),
        ([window("w", "awake", "daily 08:00-18:00", zone=ZONE)], [Kind.DISAGREEMENT]),
        ([window("w", "awake", "daily 08:00-, daily -18:00")], []),
        ([window("w", "awake", "daily 12:00-")], []),
        ([window("w", "awake", "daily 18:00-")], [Kind.AGAINST]),
        ([window("w", "asleep", "daily 12:00-")], [Kind.AGAINST]),
        ([window("w", "awake", "daily 08:00-18:00", stack=DB)], []),
        ([action("a", "stop", "0 12 * * *", stack=DB)], []),
    ],
    ids=str,
)
def test_what_contradicts_office_hours_and_what_does_not(others, expected):
    """Whatever wants what the window wants is harmless, also at its edges."""
    found = find(OFFICE, *others)
    assert kinds(found) == expected


def test_a_window_alone_contradicts_nothing():
    """Its own edges are opposite actions, however close they are."""
    apart = party("a", once(SPAN.until + MINUTE), "start")
    for text in ("daily 08:00-08:01", "daily 08:00-, daily -08:01"):
        assert told(find(window("w", "awake", text), apart, takes=timedelta(hours=1))) == set()


def test_the_sentence_names_both_and_when():
    """What acts, what the window wants meanwhile, and from when to when."""
    (found,) = find(OFFICE, action("late", "start", "0 22 * * *"))
    assert found.text == (
        "`late` would start `local/web` at 22:00 on 26 March 2026, UTC, while `office` wants it "
        "asleep, from 18:00 on 26 March 2026 to 08:00 on 27 March 2026, UTC"
    )
    assert [point.schedule for point in found.witness] == ["office", "late", "office"]
    (found,) = find(window("night", "asleep", "daily 17:00-08:00"), OFFICE)
    assert found.text == (
        "`office` wants `local/web` awake and `night` wants it asleep, from 17:00 on "
        "26 March 2026 to 18:00 on 26 March 2026, UTC; awake wins"
    )
    assert found.count == 6
    once = window("trip", "asleep", "2026-03-27 00:00/2027-01-01 00:00")
    (found,) = find(once, action("late", "start", "0 22 27 3 *"))
    assert "while `trip` wants it asleep, from 00:00 on 27 March 2026 to 00:00 on" in found.text
    (found,) = find(once, action("late", "stop", "0 22 26 3 *"))
    assert found.text.endswith("while `trip` wants it awake, until 00:00 on 27 March 2026, UTC")


def test_an_action_that_is_not_over_when_the_window_turns_is_too_close():
    """A stop two minutes before the window opens contradicts it when it takes three."""
    stop = action("a", "stop", "58 7 * * *")
    assert told(find(OFFICE, stop, takes=2 * MINUTE)) == set()
    (found,) = find(OFFICE, stop, takes=3 * MINUTE)
    assert found.kind is Kind.OPPOSITE
    assert "`office` (start) acts on `local/web` 2m after `a` (stop)" in found.text


def test_a_spread_moves_the_edges_of_a_window_on_the_stack():
    """What it wants is looked at where its edges are moved to."""
    spread = replace(OFFICE, spread=timedelta(hours=2))
    offset = spread.offset(WEB)
    assert offset > 2 * MINUTE
    shifted = offset // MINUTE
    early = action("a", "start", f"{(shifted - 1) % 60} {8 + (shifted - 1) // 60} * * *")
    late = action("a", "start", f"{(shifted + 1) % 60} {8 + (shifted + 1) // 60} * * *")
    (found,) = find(spread, early)
    assert found.kind is Kind.AGAINST
    assert found.witness[-1].at - found.witness[-2].at < 2 * MINUTE
    assert told(find(spread, late)) == set()
    # An edge before the span that is moved into it.
    opens = window("w", "awake", "daily 00:59-18:00")
    opens = replace(opens, id="office", spread=timedelta(hours=2))
    soon = party("a", triggers.AtTrigger(at=SPAN.after + MINUTE, zone="UTC"), "start")
    assert kinds(find(opens, soon)) == [Kind.AGAINST]


def test_an_edge_that_wakes_ends_what_a_stop_began():
    """A restart after the window has opened finds the stack awake, whatever stopped it before."""
    stop, restart = action("a", "stop", "0 22 * * *"), action("b", "restart", "0 12 * * *")
    start = action("c", "start", "0 7 * * sun")
    assert (Kind.ASLEEP, frozenset("abc")) in told(find(stop, restart, start))
    assert told(find(stop, restart, start, OFFICE)) == {(Kind.AGAINST, frozenset({"c", "office"}))}


def test_one_sided_windows_are_actions():
    """An edge that puts to sleep, and one that wakes, hold a restart in the dark against it."""
    edges = window("edges", "awake", "daily 08:00-, daily -18:00")
    (found,) = find(edges, action("a", "restart", "0 3 * * *"))
    assert found.kind is Kind.ASLEEP
    assert [point.schedule for point in found.witness] == ["edges", "a", "edges"]
    (found,) = find(edges, action("a", "start", "0 18 * * *"))
    assert found.kind is Kind.OPPOSITE
    (found,) = find(edges, action("a", "start", "0 8 * * *"))
    assert found.kind is Kind.SAME


def test_dates_of_calendars_count():
    """On a date on which the window wants the stack asleep as well, a start contradicts it."""
    holiday = triggers.Calendar(name="feast", dates=frozenset({datetime(2026, 3, 27).date()}))  # noqa: DTZ001
    start = action("a", "start", "0 12 * * *")
    assert told(find(OFFICE, start)) == set()
    closed = window("office", "awake", "daily 08:00-18:00", also_asleep=(holiday,))
    (found,) = find(closed, start)
    assert found.count == 1
    assert found.witness[1].at == utc(2026, 3, 27, 12)


def test_an_edge_that_a_clock_change_moves_is_a_notice():
    """The sentence of the preview, with the edge as its witness."""
    (found,) = find(window("w", "asleep", "daily 02:30-06:00", zone=ZONE))
    assert found.is_notice
    assert found.text == "`w`: 02:30 does not exist on 29 March 2026; opens at 03:00"
    assert [(point.at, point.action) for point in found.witness] == [(utc(2026, 3, 29, 1), "stop")]


def test_a_required_stack_asleep_is_named_with_the_other_and_when():
    """Both stacks, both schedules, and the first instant; nothing without the requirement."""
    app = window("app-hours", "awake", "daily 08:00-20:00")
    data = window("db-hours", "awake", "daily 07:00-19:00", stack=DB)
    (found,) = find(app, data, requirements=[(WEB, DB)])
    assert (found.kind, found.stack, found.count) == (Kind.REQUIRED, DB, 6)
    assert found.text == (
        "`local/db` is asleep at 19:00 on 26 March 2026, UTC by `db-hours`, while `local/web`, "
        "which requires it, is awake by `app-hours`"
    )
    assert told(find(app, data)) == set()
    assert told(find(app, data, requirements=[(DB, WEB)])) == {
        (Kind.REQUIRED, frozenset({"app-hours", "db-hours"}))
    }
    wide = window("db-hours", "awake", "daily 07:00-21:00", stack=DB)
    assert told(find(app, wide, requirements=[(WEB, DB)])) == set()


def test_one_schedule_of_both_stacks_keeps_a_requirement():
    """It puts both to sleep: what is spread among them is no contradiction."""
    both = replace(OFFICE, stacks=frozenset({WEB, DB}), spread=timedelta(minutes=30))
    for pair in ((WEB, DB), (DB, WEB)):
        assert told(find(both, requirements=[pair])) == set()


def test_what_was_done_before_the_span_decides_at_its_beginning():
    """One was started and the other one stopped before: it is so from the first instant on."""
    started = party("a", once(SPAN.after - timedelta(days=2)), "start")
    stopped = party("b", once(SPAN.after - timedelta(hours=1)), "stop", stack=DB)
    (found,) = find(started, stopped, requirements=[(WEB, DB)])
    assert (found.kind, found.count) == (Kind.REQUIRED, 1)
    assert [point.schedule for point in found.witness] == ["a", "b"]
    unsaved = replace(stopped, since=SPAN.after)
    assert told(find(started, unsaved, requirements=[(WEB, DB)])) == set()


def once(at):
    return triggers.AtTrigger(at=at, zone="UTC")
