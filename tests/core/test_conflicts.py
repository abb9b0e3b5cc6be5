"""Contradictions are all found, each can be checked again, and harmless schedules have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import conflicts, cron, due, model, parties, triggers, wants
from dockschedd.core.findings import Kind
from tests.core import cron_strategies as draw

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEB, DB = model.StackRef("local", "web"), model.StackRef("local", "db")
MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=14)
UP = {model.Action.START, model.Action.RESTART, model.Action.UNPAUSE}


def party(name, action, expression, *stacks, zone="Europe/Berlin", since=NOW):
    return parties.Party(
        id=name,
        name=name,
        trigger=triggers.CronTrigger(expression=expression, zone=zone),
        action=model.Action(action),
        stacks=frozenset(stacks or (WEB,)),
        since=since,
    )


def find(*everyone, takes=MINUTE, now=NOW, **rest):
    spans = parties.spans(now, horizon=HORIZON, zones={p.trigger.zone for p in everyone})
    return conflicts.find(everyone, looking_at=spans, expected=lambda stack, action: takes, **rest)


def kinds(found):
    return [each.kind for each in found]


# Few times of day, so that they meet.
planned_parties = st.builds(
    party,
    name=st.sampled_from("abcdef"),
    action=st.sampled_from(model.Action),
    expression=st.builds(
        "{} {} * * {}".format,
        st.sampled_from(("0", "1", "30", "*/30")),
        st.sampled_from(("2", "7", "22", "*/6")),
        st.sampled_from(("*", "mon-fri", "0")),
    ),
    zone=st.sampled_from(("Europe/Berlin", "UTC", "America/New_York")),
)


def window(name, wants, text, *stacks, zone="Europe/Berlin", **rest):
    return parties.Party(
        id=name,
        name=name,
        trigger=triggers.WindowTrigger(
            expression=text, zone=zone, wants=triggers.Wish(wants), **rest
        ),
        action=None,
        stacks=frozenset(stacks or (WEB,)),
        since=NOW,
    )


drawn_windows = st.builds(
    window,
    name=st.sampled_from("abcdef"),
    wants=st.sampled_from(triggers.Wish),
    text=st.sampled_from(
        (
            "daily 07:00-22:00",
            "daily 22:00-07:00",
            "mon-fri 02:30-06:30",
            "daily 07:00-, daily -22:00",
            "mon -02:00",
            "2026-11-26 02:00/2026-11-28 22:01",
        )
    ),
    zone=st.sampled_from(("Europe/Berlin", "UTC", "America/New_York")),
    sleep_by=st.sampled_from(triggers.SleepBy),
)
drawn_parties = st.one_of(planned_parties, drawn_windows)
several = st.lists(drawn_parties, max_size=5, unique_by=lambda p: p.name)


@given(several, st.randoms(use_true_random=False))
@draw.effort(60)
def test_it_does_not_matter_which_is_looked_at_first(found, random):
    """Symmetric in everything that it is told."""
    shuffled = list(found)
    random.shuffle(shuffled)

    assert find(*found) == find(*shuffled)


@given(drawn_parties)
@draw.effort(30)
def test_no_schedule_conflicts_with_itself(one):
    """Irreflexive, also where it is given a stack twice."""
    assert [each for each in find(one) if not each.is_notice] == []


@given(several, drawn_parties)
@draw.effort(60)
def test_a_schedule_of_another_stack_takes_no_conflict_away(found, other):
    """What does not concern the stack leaves its conflicts as they are."""
    other = replace(other, name="zz", stacks=frozenset({DB}))

    def told(results):
        # Its zone's clock change is looked at as well: others may turn up, or be counted there.
        return {(each.kind, each.stack, each.names(), each.witness[0]) for each in results}

    assert told(find(*found)) <= told(find(*found, other))


@given(several, st.sampled_from((MINUTE, 10 * MINUTE, timedelta(hours=2))))
@draw.effort(60)
def test_every_witness_holds_when_it_is_checked_again(found, takes):
    """Each point is an occurrence of its schedule, and together they contradict each other."""
    by_name = {each.name: each for each in found}
    for finding in find(*found, takes=takes):
        for point in finding.witness:
            owner = by_name[point.schedule]
            before = point.at - timedelta(microseconds=1)
            assert due.first_at(owner.trigger, after=before) == point.at
            assert owner.action is point.action or doing(owner, point.at) is point.action
            assert finding.stack is None or finding.stack in owner.stacks
        times = [point.at for point in finding.witness]
        assert times == sorted(times)
        assert len(finding.names()) > 1 or finding.kind is Kind.MOVED
        states = [by_name[name] for name in finding.names() if by_name[name].is_state()]
        match finding.kind:
            case Kind.OPPOSITE:
                first, second = finding.witness
                assert times[1] - times[0] < takes
                assert (first.action in UP) != (second.action in UP)
            case Kind.ASLEEP if len(finding.names() - {p.name for p in states}) == 1:
                (acted,) = (p for p in finding.witness if p.action is model.Action.RESTART)
                assert wants.wish_at(states[0].trigger, acted.at) == "asleep"
            case Kind.ASLEEP:
                stop, acted, start = finding.witness
                assert [stop.action, start.action] == ["stop", "start"]
                assert acted.action in ("restart", "pause")
                firsts = [following(p, "start", stop.at) for p in found]
                assert min(at for at in firsts if at) > acted.at
            case Kind.AGAINST:
                (acted,) = (p for p in finding.witness if p.schedule != states[0].name)
                wish = wants.wish_at(states[0].trigger, acted.at)
                assert (wish == "awake") == (acted.action in ("stop", "pause"))
            case Kind.DISAGREEMENT:
                marks = {max(NOW, at) for at in times}
                assert any(
                    len({wants.wish_at(each.trigger, at) for each in states}) == 2 for at in marks
                )
            case Kind.SAME:
                assert times[0] == times[1]
            case Kind.MOVED:
                assert by_name[finding.witness[0].schedule].trigger.zone != "UTC"


def doing(owner, at):
    """What a window does at one of its edges."""
    return wants.action(owner.trigger, wants.wish_at(owner.trigger, at))


def following(owner, action, after):
    """The first instant at which the schedule does that, or None."""
    at = due.first_at(owner.trigger, after=after)
    while at is not None and (owner.action or doing(owner, at)) != action:
        at = due.first_at(owner.trigger, after=at) if owner.action is None else None
        if at is not None and at > after + timedelta(days=30):
            return None
    return at


@given(several, st.sampled_from("abcdef"))
@draw.effort(60)
def test_what_is_found_about_one_is_what_is_found_of_it_among_all(found, name):
    """A check of one schedule overlooks nothing that a check of all would show."""
    everything = [each for each in find(*found) if name in each.names()]

    assert list(find(*found, about=name)) == everything


@given(st.lists(planned_parties, max_size=5, unique_by=lambda p: p.name))
@draw.effort(60)
def test_no_contradiction_is_overlooked(found):
    """Every pair of opposite occurrences that is closer than a minute has its conflict."""
    end = NOW + HORIZON
    reported = {frozenset(e.names()) for e in find(*found) if e.kind is Kind.OPPOSITE}
    times = {
        each.name: list(
            cron.parse(each.trigger.expression).between(NOW, end, cron.zone(each.trigger.zone))
        )
        for each in found
    }
    for one in found:
        for other in found:
            if one.action in UP and other.action not in UP:
                near = set(times[one.name]) & set(times[other.name])
                assert not near or frozenset({one.name, other.name}) in reported


@pytest.mark.parametrize(
    ("schedules", "expected"),
    [
        ([("a", "stop", "0 22 * * *"), ("b", "start", "0 22 * * *")], [Kind.OPPOSITE]),
        ([("a", "stop", "0 22 * * *"), ("b", "restart", "0 22 * * 1")], [Kind.OPPOSITE]),
        ([("a", "stop", "0 22 * * *"), ("b", "start", "0 7 * * *")], []),
        ([("a", "stop", "0 22 * * *"), ("b", "start", "1 22 * * *")], []),
        ([("a", "stop", "0 22 * * *"), ("b", "stop", "0 22 * * 5")], [Kind.SAME]),
        ([("a", "stop", "0 22 * * *"), ("b", "restart", "0 3 * * *")], []),
        ([("a", "stop", "0 22 * * 1-5"), ("b", "start", "0 22 * * 0,6")], []),
        (
            [
                ("a", "stop", "0 22 * * *"),
                ("b", "start", "0 7 * * *"),
                ("c", "restart", "0 3 * * *"),
            ],
            [Kind.ASLEEP],
        ),
        (
            [
                ("a", "stop", "0 22 * * *"),
                ("b", "start", "0 7 * * *"),
                ("c", "restart", "0 12 * * *"),
            ],
            [],
        ),
        (
            [
                ("a", "stop", "0 22 * * 5"),
                ("b", "start", "0 7 * * 1"),
                ("c", "pause", "0 3 * * 0"),
            ],
            [Kind.ASLEEP],
        ),
    ],
    ids=str,
)
def test_what_contradicts_and_what_does_not(schedules, expected):
    """The nights of an office, the week-end, a restart in the dark; and harmless neighbours."""
    found = find(*(party(*each, zone="UTC") for each in schedules))

    assert kinds(found) == expected


def test_how_long_an_action_takes_decides_how_close_is_too_close():
    """A start five minutes after a stop that takes ten contradicts it."""
    two = party("a", "stop", "0 22 * * *"), party("b", "start", "5 22 * * *")

    assert kinds(find(*two, takes=5 * MINUTE)) == []
    (found,) = find(*two, takes=10 * MINUTE)
    assert "`b` (start) acts on `local/web` 5m after `a` (stop)" in found.text
    assert found.text.endswith("is expected to take 10m")


def test_what_is_spread_meets_where_it_is_spread_to():
    """The instants are those at which runs begin on the stack, and so are the witnesses."""
    calm = party("b", "start", "0 22 * * *", zone="UTC")
    moved = replace(party("a", "stop", "0 22 * * *", zone="UTC"), spread=timedelta(hours=2))
    assert moved.offset(WEB) > MINUTE
    meets = at_offset(calm, moved.offset(WEB))

    assert kinds(find(calm, moved)) == []
    (found,) = find(meets, moved)
    assert found.kind is Kind.OPPOSITE
    planned = found.witness[0].at.replace(hour=22, minute=0, second=0, microsecond=0)
    assert moved.offset(WEB) in {point.at - planned for point in found.witness}


def at_offset(calm, offset):
    """The same schedule, in the minute into which the offset moves 22:00."""
    minutes = offset // MINUTE
    expression = f"{minutes % 60} {22 + minutes // 60} * * *"
    return replace(calm, trigger=triggers.CronTrigger(expression=expression, zone="UTC"))


def test_a_clock_change_months_away_is_looked_at():
    """In spring 02:30 becomes 03:00, where it meets another schedule."""
    found = find(party("a", "stop", "30 2 * * *"), party("b", "start", "0 3 * * *"))

    assert kinds(found) == [Kind.OPPOSITE, Kind.MOVED]
    assert found[0].witness[0].at == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert found[1].text == "`a`: 02:30 does not exist on 28 March 2027; runs at 03:00"


def test_what_a_schedule_would_have_done_before_it_was_written_does_not_count():
    """A stop of yesterday evening keeps nothing asleep if its schedule is of today."""
    weekly = [
        ("b", "start", "0 7 26 11 *"),
        ("c", "restart", "0 3 25 11 *"),
    ]
    others = [party(*each, zone="UTC") for each in weekly]
    old = party("a", "stop", "0 22 23 11 *", zone="UTC", since=NOW - timedelta(days=30))

    assert kinds(find(old, *others)) == [Kind.ASLEEP]
    assert kinds(find(replace(old, since=NOW), *others)) == []


def test_spans_are_the_horizon_and_a_day_around_each_change():
    """They do not overlap, whatever the zones."""
    zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/Paris"]
    spans = parties.spans(NOW, horizon=HORIZON, zones=zones)

    assert (spans[0].after, spans[0].until) == (NOW, NOW + HORIZON)
    assert [span.after.date().isoformat() for span in spans[1:]] == ["2027-03-13", "2027-03-27"]
    assert all(a.until <= b.after for a, b in pairwise(spans))
