"""What people write when they make users and schedules: all that is wrong with it, at once.

Every fault has the path of its field, a stable code, and a sentence. Whether names are taken
or stacks exist is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from dockschedd.core import (
    common_passwords,
    cron,
    instants,
    model,
    phrases,
    selectors,
    spread,
    suggest,
    triggers,
    validate_window,
    windows,
)
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum
    from zoneinfo import ZoneInfo

_E = TypeVar("_E", bound="StrEnum")
_T = TypeVar("_T")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_AT = re.compile(
    r"\d{4}-\d{2}-\d{2}[ Tt]\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?(?P<offset>[Zz]|[+-]\d{2}:\d{2})?",
    re.ASCII,
)

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
#: Names shorter than this are in many words by chance.
_TELLING_NAME = 3
DEFAULT_DEADLINE: Final = timedelta(hours=1)
_SHORTEST_DEADLINE = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A schedule as a person wrote it. Exactly one of `cron`, `at`, `when` and `window`."""

    name: str
    action: str
    selector: str
    #: The daemon's own zone, where none was written.
    zone: str
    cron: str | None = None
    at: str | None = None
    #: In words: `every weekday at 22:00`.
    when: str | None = None
    window: str | None = None
    sleep_by: str | None = None
    enforce: str | None = None
    catch_up: str | None = None
    deadline: str | None = None
    if_busy: str | None = None
    spread: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a draft means."""

    trigger: triggers.Trigger
    #: None: a window.
    action: model.Action | None
    selector: selectors.Selector
    catch_up: model.CatchUp
    deadline: timedelta
    if_busy: model.IfBusy
    spread: timedelta


def name(text: str, *, path: str = "name") -> tuple[Fault, ...]:
    """Return what is wrong with the name of a schedule or a user (`name-invalid`)."""
    if _NAME.fullmatch(text):
        return ()
    message = (
        "a name has 1 to 64 characters out of a-z, A-Z, 0-9, `.`, `_` and `-`, "
        "and starts with a letter or a digit"
    )
    return (Fault(path=path, code="name-invalid", message=message),)


def password(text: str, *, name: str, path: str = "password") -> tuple[Fault, ...]:
    """Return what is wrong with a new password of the user of that name.

    Codes: password-short, password-long, password-name, password-common.
    """
    hint = "four or more random words make a good one"
    found = []
    if len(text) < SHORTEST_PASSWORD:
        found.append(("password-short", f"has fewer than {SHORTEST_PASSWORD} characters"))
    if len(text) > LONGEST_PASSWORD:
        found.append(("password-long", f"has more than {LONGEST_PASSWORD} characters"))
    if len(name) >= _TELLING_NAME and name.casefold() in text.casefold():
        found.append(("password-name", "contains the user's name"))
    if common_passwords.is_common(text[: LONGEST_PASSWORD + 1]):
        found.append(("password-common", "is one of those that are tried first"))
    return tuple(
        Fault(path=path, code=code, message=f"the password {what}", hint=hint)
        for code, what in found
    )


def choice(kind: type[_E], text: str, *, path: str) -> _E:
    """Return the member that the text names. Raises Invalid (`unknown-value`)."""
    try:
        return kind(text)
    except ValueError:
        near = suggest.closest(text, kind)
        known = ", ".join(kind)
        raise Invalid(
            Fault(
                path=path,
                code="unknown-value",
                message=f"`{text[:64]}` is not one of {known}",
                hint=f"did you mean `{near}`?" if near else None,
            )
        ) from None


def schedule(draft: Draft, *, now: datetime) -> Checked:
    """Return what the draft means. Raises Invalid with every fault, in the order of the fields.

    Codes of its own: trigger-missing and trigger-ambiguous (path `cron`), at-invalid, at-past,
    deadline-invalid, spread-invalid, unknown-value, and those of core.validate_window. Without
    `catch_up` it is skip for a restart and latest for the others; without `deadline` it is one
    hour.
    """
    sink = _Sink()
    sink.faults.extend(name(draft.name))
    does = sink.take(lambda: _does(draft))
    action = does if isinstance(does, model.Action) else None
    selector = sink.take(lambda: selectors.parse(draft.selector))
    zone = sink.take(lambda: cron.zone(draft.zone))
    trigger = sink.take(lambda: _trigger(draft, zone, now=now))
    catch_up = sink.take(lambda: _catch_up(draft.catch_up, action))
    deadline = sink.take(lambda: _deadline(draft.deadline))
    if trigger is not None:
        sink.faults.extend(
            validate_window.misplaced(
                trigger,
                sleep_by=draft.sleep_by,
                enforce=draft.enforce,
                catch_up=draft.catch_up,
                deadline=draft.deadline,
            )
        )
    if_busy = sink.take(lambda: choice(model.IfBusy, draft.if_busy or "wait", path="if_busy"))
    moved = sink.take(lambda: _spread(draft.spread))
    if sink.faults:
        raise Invalid(*sink.faults)
    assert does
    assert selector
    assert trigger
    assert catch_up
    assert deadline
    assert if_busy
    assert moved is not None
    return Checked(
        trigger=trigger,
        action=action,
        selector=selector,
        catch_up=catch_up,
        deadline=deadline,
        if_busy=if_busy,
        spread=moved,
    )


def trigger(
    *,
    cron_text: str | None,
    at_text: str | None,
    when: str | None = None,
    window: str | None = None,
    wish: str = "awake",
    zone: str,
    now: datetime,
) -> triggers.Trigger:
    """Return the trigger alone, as for a preview. Raises Invalid with every fault."""
    draft = Draft(
        name="-",
        action=wish if window is not None else "-",
        selector="-",
        zone=zone,
        cron=cron_text,
        at=at_text,
        when=when,
        window=window,
    )
    sink = _Sink()
    if window is not None:
        sink.take(lambda: choice(triggers.Wish, wish, path="wish"))
    known = sink.take(lambda: cron.zone(zone))
    found = sink.take(lambda: _trigger(draft, known, now=now))
    if sink.faults:
        raise Invalid(*sink.faults)
    assert found
    return found


def instant(text: str, zone: ZoneInfo, *, path: str = "at") -> datetime:
    """Return the instant, in UTC, of a wall time in the zone or of RFC 3339 text with an offset.

    A wall time that does not exist is the first instant that does; one that comes twice is the
    first one. Raises Invalid (`at-invalid`).
    """
    written = text.strip()
    found = _AT.fullmatch(written)
    message = f"`{text[:64]}` is not a time"
    if found:
        try:
            parsed = datetime.fromisoformat(written.upper())
            if found["offset"]:
                return instants.as_utc(parsed)
            return instants.first_instant(parsed, zone)
        except (ValueError, OverflowError):
            message = f"there is no such time as `{written}`"
    hint = "write for example `2026-12-24 18:00`, or with an offset `2026-12-24T18:00:00+01:00`"
    raise Invalid(Fault(path=path, code="at-invalid", message=message, hint=hint))


@dataclass(frozen=True, slots=True)
class _Sink:
    """Collects the faults of one field after the other."""

    faults: list[Fault] = field(default_factory=list)

    def take(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except Invalid as invalid:
            self.faults.extend(invalid.faults)
            return None


def _trigger(draft: Draft, zone: ZoneInfo | None, *, now: datetime) -> triggers.Trigger | None:
    if draft.window is not None:
        return _window(draft, draft.window)
    if draft.when is not None and draft.cron is None and draft.at is None:
        meaning = phrases.parse(draft.when, now=now, zone=zone or cron.zone("UTC"))
        if meaning.cron is not None:
            return triggers.CronTrigger(expression=meaning.cron, zone=draft.zone)
        assert meaning.at
        return triggers.AtTrigger(at=meaning.at, zone=draft.zone)
    match draft.cron, draft.at:
        case _ if draft.when is not None:
            message = "there is `when` beside `cron` or `at`: write one of them"
            raise Invalid(Fault(path="when", code="trigger-ambiguous", message=message))
        case None, None:
            message = "there is no `cron`, `at`, `when` or `window`: it would never fire"
            raise Invalid(Fault(path="cron", code="trigger-missing", message=message))
        case str(text), None:
            cron.parse(text)
            return triggers.CronTrigger(expression=text.strip(), zone=draft.zone)
        case None, str(text):
            if zone is None:
                # A wall time means nothing yet; whether it can be read at all can be told.
                instant(text, cron.zone("UTC"))
                return None
            at = instant(text, zone)
            if at <= now:
                message = f"`{text.strip()}` is in the past"
                raise Invalid(Fault(path="at", code="at-past", message=message))
            return triggers.AtTrigger(at=at, zone=draft.zone)
        case _:
            message = "there are both `cron` and `at`: write one of them"
            raise Invalid(Fault(path="cron", code="trigger-ambiguous", message=message))


def _does(draft: Draft) -> model.Action | triggers.Wish:
    """Return the action, or what the window wants."""
    validate_window.does(draft.action, draft.window)
    if draft.window is not None:
        return choice(triggers.Wish, draft.action, path="action")
    return choice(model.Action, draft.action, path="action")


def _window(draft: Draft, text: str) -> triggers.WindowTrigger | None:
    if (draft.when, draft.cron, draft.at) != (None, None, None):
        message = "there is `window` beside `cron`, `at` or `when`: write one of them"
        raise Invalid(Fault(path="window", code="trigger-ambiguous", message=message))
    sink = _Sink()
    sleep_by = sink.take(
        lambda: choice(triggers.SleepBy, draft.sleep_by or "stop", path="sleep_by")
    )
    enforce = sink.take(
        lambda: choice(triggers.Enforce, draft.enforce or "boundary", path="enforce")
    )
    found = None
    if draft.action in set(triggers.Wish) and sleep_by and enforce:
        found = sink.take(
            lambda: validate_window.trigger(
                text,
                zone=draft.zone,
                wish=triggers.Wish(draft.action),
                sleep_by=sleep_by,
                enforce=enforce,
            )
        )
    else:
        sink.take(lambda: windows.parse(text))
    if sink.faults:
        raise Invalid(*sink.faults)
    return found


def _catch_up(text: str | None, action: model.Action | None) -> model.CatchUp:
    if text is not None:
        return choice(model.CatchUp, text, path="catch_up")
    return model.CatchUp.SKIP if action is model.Action.RESTART else model.CatchUp.LATEST


def _deadline(text: str | None) -> timedelta:
    if text is None:
        return DEFAULT_DEADLINE
    try:
        found = instants.parse_duration(text)
    except ValueError as error:
        raise Invalid(
            Fault(path="deadline", code="deadline-invalid", message=str(error))
        ) from error
    if found < _SHORTEST_DEADLINE:
        message = f"`{text}` is shorter than one second"
        raise Invalid(Fault(path="deadline", code="deadline-invalid", message=message))
    return found


def _spread(text: str | None) -> timedelta:
    if text is None or text.strip() in ("0", "0s", "0m", "0h"):
        return timedelta()
    try:
        found = instants.parse_duration(text)
    except ValueError as error:
        raise Invalid(Fault(path="spread", code="spread-invalid", message=str(error))) from error
    if found > spread.LONGEST:
        message = f"`{text}` is longer than {instants.format_duration(spread.LONGEST)}"
        raise Invalid(Fault(path="spread", code="spread-invalid", message=message))
    return found
