"""systemd's timer units: which times five cron fields can say, and what they begin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.importing import calendar, compose, proposals, systemd
from dockschedctl.importing.shell import Unclear

TIMER = """\
[Unit]
Description=The shop sleeps at night

[Timer]
OnCalendar=Mon..Fri 22:00
Persistent=true
RandomizedDelaySec=5m

[Install]
WantedBy=timers.target
"""
SERVICE = """\
[Service]
Type=oneshot
WorkingDirectory=/srv/shop
ExecStart=/usr/bin/docker compose \\
  stop
"""
FILES = {"/x/shop-stop.timer": TIMER, "/x/shop-stop.service": SERVICE}


def read(files: dict[str, str], **how) -> proposals.Found:
    return systemd.read(files, compose.Known(**how))


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("daily", "0 0 * * *"),
        ("hourly", "0 * * * *"),
        ("weekly", "0 0 * * mon"),
        ("monthly", "0 0 1 * *"),
        ("quarterly", "0 0 1 1,4,7,10 *"),
        ("minutely", "* * * * *"),
        ("*-*-* 22:00:00", "0 22 * * *"),
        ("22:30", "30 22 * * *"),
        ("*:0/15", "*/15 * * * *"),
        ("*:5/20", "5,25,45 * * * *"),
        ("*-*-* 0/6:00", "0 */6 * * *"),
        ("Mon..Fri 06:30", "30 6 * * mon,tue,wed,thu,fri"),
        ("Mon,Thu *-*-* 06:00:00", "0 6 * * mon,thu"),
        ("Sat..Mon 06:00", "0 6 * * mon,sat,sun"),
        ("Sun", "0 0 * * sun"),
        ("*-*-1,15 03:00", "0 3 1,15 * *"),
        ("*-*~01 23:00", "0 23 L * *"),
        ("Mon *-*-1..7 06:30", "30 6 * * mon#1"),
        ("Fri *-*-15..21 06:30", "30 6 * * fri#3"),
        ("*-12-24 18:00", "0 18 24 12 *"),
        ("08..18:00", "0 8,9,10,11,12,13,14,15,16,17,18 * * *"),
    ],
)
def test_times_that_cron_can_say(text: str, cron: str) -> None:
    """The common shapes of systemd.time(7), and its names."""
    assert calendar.read(text) == {"cron": cron}


def test_a_date_is_a_one_off_and_a_zone_is_kept() -> None:
    """With a year it comes once."""
    assert calendar.read("2027-12-24 18:00:00") == {"at": "2027-12-24 18:00"}
    assert calendar.read("daily Europe/Berlin") == {"cron": "0 0 * * *", "zone": "Europe/Berlin"}
    assert calendar.read("06:00 UTC") == {"cron": "0 6 * * *", "zone": "UTC"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*-*-* 22:00:30", "to the minute"),
        ("*:*:0/10", "to the minute"),
        ("Mon *-*-13 06:00", "of which cron would take either"),
        ("Mon *-*-2..8 06:00", "of which cron would take either"),
        ("*-*~07 06:00", "only the last day itself"),
        ("2027-*-01 06:00", "one year only"),
        ("*-13-01", "outside 1 to 12"),
        ("25:00", "outside 0 to 23"),
        ("tomorrow", "no weekday"),
        ("UTC", "no weekday"),
        ("", "not understood"),
        ("Moon 06:00", "no weekday"),
        ("*:0/0", "outside"),
        ("9" * 500, "too long"),
    ],
)
def test_times_that_cron_cannot_say(text: str, said: str) -> None:
    """Refused with the reason, never bent."""
    with pytest.raises(Unclear, match=said):
        calendar.read(text)


@given(
    st.text("0123456789*-~,./: MonTueadilyUTC")
    | st.from_regex(r"(Mon )?\*-\*-\d\d? \d+:\d+(/\d+)?")
)
def test_any_calendar_is_read_or_refused(text: str) -> None:
    """Nothing else is raised."""
    try:
        found = calendar.read(text)
    except Unclear:
        return
    assert ("cron" in found) != ("at" in found)


@given(weekday=st.integers(0, 6), week=st.integers(1, 4), ahead=st.integers(0, 2000))
def test_the_week_of_a_month_is_the_same_in_both(weekday: int, week: int, ahead: int) -> None:
    """`Mon *-*-8..14` is the second Monday: told by looking at the date itself."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    first = week * 7 - 6
    found = calendar.read(f"{names[weekday]} *-*-{first}..{first + 6} 06:00")
    day = date(2026, 1, 1) + timedelta(days=ahead)
    is_meant = day.weekday() == weekday and first <= day.day <= first + 6

    assert found["cron"] == f"0 6 * * {names[weekday].lower()}#{week}"
    assert is_meant == (day.weekday() == weekday and (day.day - 1) // 7 + 1 == week)


def test_a_unit_is_proposed_with_its_service() -> None:
    """The directory, the description, and whether missed times are caught up."""
    (found,) = read(FILES).proposals

    assert (found.action, found.selector) == ("stop", "shop")
    assert found.when == {"cron": "0 22 * * mon,tue,wed,thu,fri"}
    assert found.notes[0] == "The shop sleeps at night"
    assert "RandomizedDelaySec" in found.notes[1]
    lazy = {**FILES, "/x/shop-stop.timer": TIMER.replace("Persistent=true\n", "")}
    assert read(lazy).proposals[0].when["catch_up"] == "skip"


def test_several_times_are_several_schedules() -> None:
    """And an empty value takes away those before it, as systemd reads it."""
    twice = TIMER.replace("22:00\n", "22:00\nOnCalendar=Sun 20:00\n")
    anew = TIMER.replace("22:00\n", "22:00\nOnCalendar=\nOnCalendar=Sun 20:00\n")

    assert len(read({**FILES, "/x/shop-stop.timer": twice}).proposals) == 2
    assert [p.when["cron"] for p in read({**FILES, "/x/shop-stop.timer": anew}).proposals] == [
        "0 20 * * sun"
    ]


@pytest.mark.parametrize(
    ("timer", "service", "said"),
    [
        (TIMER.replace("OnCalendar=Mon..Fri 22:00", "OnBootSec=5m"), SERVICE, "OnBootSec"),
        (TIMER.replace("Mon..Fri 22:00", "Mon..Fri 22:00:10"), SERVICE, "to the minute"),
        (TIMER.replace("[Install]", "Unit=far.service\n[Install]"), SERVICE, "far.service is not"),
        (TIMER, SERVICE + "ExecStartPost=/bin/x\n", "ExecStartPost= as well"),
        (TIMER, "[Service]\n", "no ExecStart="),
        (TIMER, SERVICE.replace("/srv/shop", "/srv/%i"), "specifiers"),
        (TIMER, SERVICE.replace("docker compose", "backup compose"), "it runs `backup`"),
        (TIMER, SERVICE + "ExecStart=/usr/bin/docker compose start\n", "several things"),
        (TIMER, SERVICE + "Environment=DOCKER_HOST=ssh://far\n", "another Docker Engine"),
    ],
)
def test_units_that_do_more_or_less_are_left_alone(timer, service, said) -> None:
    """Each with its reason."""
    found = read({"/x/shop-stop.timer": timer, "/x/shop-stop.service": service})
    assert found.proposals == ()
    assert said in found.leftovers[0].reason


@given(st.text(), st.text())
def test_any_files_are_read(timer: str, service: str) -> None:
    """Nothing is raised, and each unit is proposed or left over."""
    found = read({"a.timer": f"[Timer]\n{timer}", "a.service": f"[Service]\nExecStart={service}"})
    assert found.proposals or found.leftovers
