"""When an engine is left alone, and what is said about it meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.hosts import breaker

LIMIT = 10.0
HANGS = errors.HostTimeout("no answer in time", hint="see whether it hangs")
DOWN = errors.HostUnreachable("connection refused")
REFUSED = errors.HostRefused("conflict")


def of_host() -> breaker.Breaker:
    return breaker.Breaker("a", limit=LIMIT)


def test_calls_are_made_until_something_fails() -> None:
    """A host that nobody has asked is asked."""
    assert of_host().refusal(0) is None


def test_a_probe_that_fails_is_enough() -> None:
    """Nothing is cheaper for an engine to answer."""
    made = of_host()
    made.asked(100)
    made.failed(HANGS, now=110, is_probe=True)
    made.rests(until=113)

    refusal = made.refusal(111)

    assert type(refusal) is errors.HostUnreachable
    assert refusal.message == (
        "host `a` has not answered for 11s and is tried again in 2s: no answer in time"
    )
    assert refusal.hint == "see whether it hangs"
    late = made.refusal(114)
    assert late is not None
    assert "is being tried again" in late.message


def test_one_container_that_hangs_its_calls_leaves_the_host_alone() -> None:
    """However many of its calls end without an answer: the probe is answered in between."""
    made = of_host()
    for now in range(0, 300, 10):
        made.asked(now)
        made.failed(HANGS, now=now + 9, is_probe=False)
        made.failed(HANGS, now=now + 9, is_probe=False)
        made.failed(HANGS, now=now + 9, is_probe=False)
        made.failed(HANGS, now=now + 9, is_probe=False)
        assert made.refusal(now + 9) is None
        made.answered()


def test_calls_that_fail_in_a_row_are_enough_after_a_while() -> None:
    """Nobody has to wait for the next probe to learn that nothing answers."""
    made = of_host()
    made.asked(0)
    for now in (10, 10, 10):
        assert made.refusal(now) is None
        made.failed(HANGS, now=now, is_probe=False)

    assert made.refusal(10) is not None


def test_an_answer_is_enough_to_be_asked_again() -> None:
    """Also one that says no."""
    for answer in (
        lambda made: made.answered(),
        lambda made: made.failed(REFUSED, now=11, is_probe=False),
    ):
        made = of_host()
        made.failed(DOWN, now=10, is_probe=True)
        assert made.refusal(10) is not None
        answer(made)
        assert made.refusal(11) is None
        assert made.silent(20) == 0


def test_a_probe_that_is_refused_refuses_calls_in_the_same_way() -> None:
    """What answers is no engine, or is not to be used: waiting does not help."""
    made = of_host()
    made.failed(errors.HostRefused("too old", code="host-too-old"), now=1, is_probe=True)

    refusal = made.refusal(1)

    assert type(refusal) is errors.HostRefused
    assert refusal.code == "host-too-old"


STEPS = st.lists(
    st.tuples(
        st.floats(0, 30),
        st.sampled_from(["asked", "answered", "down", "hangs", "no"]),
        st.booleans(),
    )
)


@given(STEPS)
def test_after_an_answer_nothing_is_refused_before_something_fails(
    steps: list[tuple[float, str, bool]],
) -> None:
    """And whatever is refused names the host and the last cause."""
    made = of_host()
    now = 0.0
    failed = False
    for passed, what, is_probe in steps:
        now += passed
        match what:
            case "asked":
                made.asked(now)
            case "answered":
                made.answered()
                failed = False
            case "no":
                made.failed(REFUSED, now=now, is_probe=is_probe)
                failed = is_probe
            case _:
                error = DOWN if what == "down" else HANGS
                made.failed(error, now=now, is_probe=is_probe)
                failed = True
        refusal = made.refusal(now)
        assert made.silent(now) >= 0
        if refusal is not None:
            assert failed
            assert "`a`" in refusal.message
            assert not isinstance(refusal, errors.HostTimeout)
        elif failed:
            assert not is_probe or what in ("asked", "answered")
