"""What is wrong with what people write, all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockschedd import errors
from dockschedd.core import common_passwords, model, selectors, triggers, validate

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
GOOD = {
    "name": "nightly",
    "action": "stop",
    "selector": "local/web",
    "zone": "Europe/Berlin",
    "cron": "0 22 * * *",
}


def check(**fields):
    return validate.schedule(validate.Draft(**(GOOD | fields)), now=NOW)


def faults(**fields):
    with pytest.raises(errors.Invalid) as caught:
        check(**fields)
    return [(fault.path, fault.code) for fault in caught.value.faults]


# ---------------------------------------------------------------- names, passwords


@given(st.text(max_size=70))
@example("a\n")
@example("ä")
def test_a_name_is_good_exactly_when_it_follows_the_rule(text):
    """1 to 64 of a-z A-Z 0-9 . _ -, starting with a letter or a digit."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    good = 1 <= len(text) <= 64 and text[0] in letters and set(text) <= {*letters, ".", "_", "-"}

    found = validate.name(text, path="name")
    assert (not found) == good
    assert all((f.path, f.code) == ("name", "name-invalid") for f in found)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("kettle orbit velvet mango", []),
        ("wAx9#kettle-orbit", []),
        ("orbit", ["password-short"]),
        ("kettle orbi", ["password-short"]),
        ("kettle orbit", []),
        ("kettle orbit ALICE velvet", ["password-name"]),
        ("password", ["password-short", "password-common"]),
        ("password1234", ["password-common"]),
        ("P@ssw0rd!!2026", ["password-common"]),
        ("aaaaaaaaaaaaaaaa", ["password-common"]),
        ("kettlekettlekettle", ["password-common"]),
        ("123456789012", ["password-common"]),
        ("qwertyuiopas", ["password-common"]),
        ("zyxwvutsrqpo", ["password-common"]),
        ("correcthorsebatterystaple", ["password-common"]),
        ("correct horse battery staple", ["password-common"]),
        ("alice", ["password-short", "password-name"]),
    ],
)
def test_passwords(text, codes):
    """What is short, common, or the name itself is refused with all its reasons."""
    found = validate.password(text, name="alice", path="new")

    assert [f.code for f in found] == codes
    assert all(f.path == "new" for f in found)


def test_a_password_has_at_most_256_characters():
    """The limit is inclusive."""
    long = "".join(chr(0x100 + n) for n in range(257))

    assert validate.password(long[:256], name="alice") == ()
    assert [f.code for f in validate.password(long, name="alice")] == ["password-long"]


def test_a_name_of_two_letters_is_in_many_passwords():
    """It is no reason to refuse one."""
    assert validate.password("kettle orbit velvet", name="le") == ()


@given(st.text(max_size=300))
def test_any_text_has_a_verdict_and_case_does_not_matter(text):
    """Whether a password is common never raises."""
    ascii_only = text.encode("ascii", "ignore").decode()

    assert isinstance(common_passwords.is_common(text), bool)
    assert common_passwords.is_common(ascii_only) == common_passwords.is_common(ascii_only.upper())


# ---------------------------------------------------------------- schedules


def test_a_good_draft_is_built():
    """All parts come out typed, with the defaults filled in."""
    assert check() == validate.Checked(
        trigger=triggers.CronTrigger(expression="0 22 * * *", zone="Europe/Berlin"),
        action=model.Action.STOP,
        selector=selectors.Selector("local", "web"),
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(hours=1),
        if_busy=model.IfBusy.WAIT,
        spread=timedelta(),
    )


@pytest.mark.parametrize("action", list(model.Action))
def test_without_a_word_a_restart_is_not_caught_up_and_the_others_are(action):
    """What was written wins over the default."""
    default = check(action=action.value).catch_up

    assert default == ("skip" if action is model.Action.RESTART else "latest")
    assert check(action=action.value, catch_up="all").catch_up is model.CatchUp.ALL


def test_every_fault_is_told_with_its_path():
    """A draft in which everything is wrong has all faults at once, in the order of the fields."""
    found = faults(
        name="-x",
        action="stpo",
        selector="a/b/c",
        zone="Europe/Berln",
        cron="61 * * * *",
        catch_up="lastest",
        deadline="soon",
    )

    assert [path for path, _ in found] == [
        "name",
        "action",
        "selector",
        "zone",
        "cron",
        "catch_up",
        "deadline",
    ]
    assert ("name", "name-invalid") in found
    assert ("action", "unknown-value") in found
    assert ("deadline", "deadline-invalid") in found


def test_a_word_that_is_nearly_right_gets_a_hint():
    """Did you mean."""
    with pytest.raises(errors.Invalid) as caught:
        check(action="stpo")
    assert caught.value.hint == "did you mean `stop`?"
    with pytest.raises(errors.Invalid) as caught:
        check(action="qqq")
    assert caught.value.hint is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cron": None}, ("cron", "trigger-missing")),
        ({"at": "2026-12-24 18:00"}, ("cron", "trigger-ambiguous")),
        ({"cron": None, "at": "2026-11-24 08:00"}, ("at", "at-past")),
        ({"cron": None, "at": "2026-11-24T07:00:00Z"}, ("at", "at-past")),
        ({"cron": None, "at": "tomorrow"}, ("at", "at-invalid")),
        ({"cron": None, "at": "2026-12-24"}, ("at", "at-invalid")),
        ({"cron": None, "at": "2026-02-30 10:00"}, ("at", "at-invalid")),
        ({"cron": None, "at": "2026-12-24 24:00"}, ("at", "at-invalid")),
        ({"cron": None, "at": "0001-01-01T00:00:00+10:00"}, ("at", "at-invalid")),
        ({"cron": None, "at": "0001-01-01 00:00"}, ("at", "at-invalid")),
        ({"deadline": "0s"}, ("deadline", "deadline-invalid")),
        ({"deadline": "5ms"}, ("deadline", "deadline-invalid")),
        ({"deadline": "11 years"}, ("deadline", "deadline-invalid")),
        ({"catch_up": "never"}, ("catch_up", "unknown-value")),
    ],
)
def test_each_fault_has_its_path_and_code(fields, expected):
    """One thing that is wrong is one fault."""
    assert faults(**fields) == [expected]


def test_a_time_in_an_unknown_zone_is_still_checked_for_its_form():
    """Both the zone and the time are told."""
    assert faults(cron=None, at="tomorrow", zone="Mars/Base") == [
        ("zone", "unknown-zone"),
        ("at", "at-invalid"),
    ]
    assert faults(cron=None, at="2026-12-24 18:00", zone="Mars/Base") == [("zone", "unknown-zone")]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-24 18:00", "2026-12-24T17:00:00+00:00"),
        ("2026-12-24T18:00:30", "2026-12-24T17:00:30+00:00"),
        ("2026-12-24T18:00+05:30", "2026-12-24T12:30:00+00:00"),
        ("2026-12-24t18:00:00z", "2026-12-24T18:00:00+00:00"),
        # It does not exist: the first instant that does.
        ("2027-03-28 02:30", "2027-03-28T01:00:00+00:00"),
        # It comes twice: the first one.
        ("2027-10-31 02:30", "2027-10-31T00:30:00+00:00"),
    ],
)
def test_a_time_is_a_wall_time_in_the_zone_or_an_instant_with_an_offset(text, utc):
    """Wall times follow the rule for fixed times when the clock changes."""
    assert check(cron=None, at=text).trigger == triggers.AtTrigger(
        at=datetime.fromisoformat(utc), zone="Europe/Berlin"
    )


@given(st.text(max_size=30) | st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}\Z"))
def test_any_text_is_an_instant_in_utc_or_refused(text):
    """Nothing but Invalid is ever raised, and instants are in UTC."""
    try:
        found = validate.instant(text, BERLIN)
    except errors.Invalid as invalid:
        found = invalid
    assert getattr(found, "code", "at-invalid") == "at-invalid"
    assert getattr(found, "tzinfo", UTC) is UTC


def test_a_trigger_can_be_checked_alone():
    """As for a preview, with every fault of its own."""
    found = validate.trigger(cron_text="0 22 * * *", at_text=None, zone="Europe/Berlin", now=NOW)

    assert found == triggers.CronTrigger(expression="0 22 * * *", zone="Europe/Berlin")
    with pytest.raises(errors.Invalid) as caught:
        validate.trigger(cron_text="x", at_text=None, zone="Mars/Base", now=NOW)
    assert [f.path for f in caught.value.faults] == ["zone", "cron"]
