"""A schedule that is being written: its fields, what the daemon is sent, what is wrong where.

Pure: every change makes a new form. All values are text, as they are on the screen; what they
mean is the daemon's business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dockschedctl import durations, naming
from dockschedctl.ui import draft_fields as known
from dockschedd.wire import runs, schedules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dockschedctl.ui.draft_fields import Field
    from dockschedd.wire.problems import FieldFault

#: How schedules are named after what they do.
_VERBS: Final = {"asleep": "sleep", "awake": "wake"}
_SEPARATOR: Final = re.compile(r"[,\s]+")
_OF_TRIGGER: Final = frozenset({"cron", "at", "when", "window", "wish"})


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the screen, and what was there at first."""

    values: Mapping[str, str]
    #: What the person has changed.
    touched: frozenset[str] = frozenset()
    #: The schedule that is edited; None: a new one.
    original: schedules.Schedule | None = None

    def __getitem__(self, name: str) -> str:
        """Return what a field says; a choice that nobody made says what counts then."""
        value = self.values.get(name, "")
        return value or known.usual(name, self.values.get("action", ""))

    @property
    def action(self) -> str:
        """What it does, or what its window wants."""
        return self.values["action"]

    @property
    def trigger(self) -> str:
        """The field that says when."""
        return "window" if self.action in known.WISHES else known.WAYS[self["by"]]


def fresh(*, selector: str = "") -> Form:
    """Return the form of a new schedule: what people want most, to be changed."""
    values = {"action": "asleep", "selector": selector, **known.EXAMPLES}
    return _named_anew(Form(values=values))


def of(schedule: schedules.Schedule) -> Form:
    """Return the form of one that is there."""
    options = schedule.options
    waits = schedule.action in known.WAITS
    limit = options.wait_timeout_seconds if waits else options.stop_timeout_seconds
    values = {
        **known.EXAMPLES,
        "name": schedule.name,
        "action": schedule.action,
        "selector": schedule.selector,
        "by": "once" if schedule.at is not None else "cron",
        "zone": schedule.zone,
        "sleep_by": schedule.sleep_by or "",
        "enforce": schedule.enforce or "",
        "catch_up": schedule.catch_up,
        "deadline": durations.written(schedule.deadline_seconds),
        "if_busy": schedule.if_busy,
        "spread": durations.written(schedule.spread_seconds) if schedule.spread_seconds else "0",
        "except_on": ", ".join(schedule.except_on),
        "also_asleep": ", ".join(schedule.also_asleep),
        "dependents": options.dependents,
        "on_error": options.on_error,
        "timeout": "" if limit is None else durations.written(limit),
        **{name: _word(getattr(options, name)) for name in known.FLAGS},
    }
    if schedule.cron is not None:
        values["cron"] = schedule.cron
    if schedule.window is not None:
        values["window"] = schedule.window
    if schedule.at is not None:
        values["at"] = _wall(schedule)
    return Form(values=values, original=schedule)


def changed(form: Form, name: str, value: str) -> Form:
    """Return the form after a person has changed a field."""
    values, touched = {**form.values, name: value}, form.touched | {name}
    return _named_anew(Form(values=values, touched=touched, original=form.original))


def _named_anew(form: Form) -> Form:
    """Return the form with a name that says what it does, until a person has given one."""
    if form.original is not None or "name" in form.touched:
        return form
    selector = form.values["selector"].strip()
    verb = _VERBS.get(form.action, form.action)
    name = naming.named(verb, selector) if selector else ""
    return msgspec.structs.replace(form, values={**form.values, "name": name})


def fields(form: Form) -> tuple[Field, ...]:
    """Return the fields that mean something for what the form says, in their order."""
    trigger = form.trigger
    kind = "window" if form.action in known.WISHES else form["by"]
    return tuple(
        each
        for each in known.FIELDS
        if (not each.actions or form.action in each.actions)
        and (not each.kinds or kind in each.kinds)
        and (each.name not in known.TRIGGERS or each.name == trigger)
        and not (each.only_new and form.original is not None)
    )


def explained(form: Form, name: str) -> str:
    """Return a line that explains a field; of cron which part of it is what."""
    parts = form["cron"].split() if name == "cron" else []
    if not parts or parts[0].startswith("@"):
        return known.BY_NAME[name].says
    labels = known.PARTS_OF_CRON
    said = [f"{label} {part}" for label, part in zip(labels, [*parts, *"…" * 5], strict=False)]
    more = len(parts) - len(labels)
    return " · ".join([*said, f"and {more} too many"] if more > 0 else said)


def summary(form: Form) -> str:
    """Return in a line what the policies say that is not as usual."""
    said = [
        f"{each.label.lower()} {form[each.name]}"
        for each in fields(form)
        if each.folded
        and form.values.get(each.name, "").strip()
        and form.values[each.name] not in _quiet(each, form)
    ]
    return ", ".join(said) or "all as usual"


def _quiet(field: Field, form: Form) -> tuple[str, ...]:
    """Return what is no news of a policy."""
    return (known.usual(field.name, form.action), *known.QUIET.get(field.name, ()))


# ---------------------------------------------------------------- what is sent


def is_changed(form: Form) -> bool:
    """Return whether there is anything to save."""
    return form.original is None or edit(form) != schedules.ScheduleEdit()


def new(form: Form) -> schedules.ScheduleNew:
    """Return the schedule to add."""
    given = dict(_given(form))
    chosen = _options(form)
    return schedules.ScheduleNew(
        **{"name": "", "selector": "", **given},
        options=msgspec.structs.replace(runs.Options(), **chosen),
    )


def edit(form: Form) -> schedules.ScheduleEdit:
    """Return the changes to the schedule that is edited: what is as it was is not sent."""
    original = form.original
    assert original is not None
    before = of(original)
    given = {
        name: value
        for name, value in _given(form, blank=True)
        if name not in _names(before) or form[name] != before[name]
    }
    if form.trigger == before.trigger and form[form.trigger] == before[form.trigger]:
        given.pop(form.trigger, None)
    else:
        given[form.trigger] = form[form.trigger].strip()
    options = {k: v for k, v in _options(form).items() if getattr(original.options, k) != v}
    if options:
        given["options"] = msgspec.structs.replace(original.options, **options)
    return schedules.ScheduleEdit(**given)


def own_faults(form: Form) -> dict[str, str]:
    """Return what is wrong that the daemon is never sent: field → a sentence."""
    text = form["timeout"].strip()
    try:
        if text:
            durations.seconds(text)
    except ValueError as exc:
        return {"timeout": str(exc)}
    return {}


def _names(form: Form) -> frozenset[str]:
    return frozenset(each.name for each in fields(form))


def _given(form: Form, *, blank: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield what the visible fields say, as the wire names it; `blank`: also empty ones."""
    for each in fields(form):
        name, text = each.name, form.values.get(each.name, "").strip()
        if each.of_run or name == "by":
            continue
        if each.is_list:
            if text or blank:
                yield name, tuple(filter(None, _SEPARATOR.split(text)))
        elif name == "enabled":
            yield name, text != "no"
        elif text or name in known.ALWAYS or name in known.TRIGGERS:
            yield name, text
        elif blank and not each.choices:
            yield name, "0" if name == "spread" else text


def _options(form: Form) -> dict[str, Any]:
    """Return the options of its runs that a person has said something about."""
    found: dict[str, Any] = {}
    for each in fields(form):
        text = form.values.get(each.name, "").strip()
        if not each.of_run or (not text and form.original is None):
            continue
        if each.name == "timeout":
            name, value = _timeout(form, text)
            if value is not ...:
                found[name] = value
        elif text:
            found[each.name] = text == "yes" if each.name in known.FLAGS else text
    return found


def _timeout(form: Form, text: str) -> tuple[str, Any]:
    name = "wait_timeout_seconds" if form.action in known.WAITS else "stop_timeout_seconds"
    if not text:
        return name, getattr(runs.Options(), name)
    try:
        return name, durations.seconds(text)
    except ValueError:
        return name, ...


# ---------------------------------------------------------------- what is wrong


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Faults where they belong."""

    #: Field → a sentence.
    beside: Mapping[str, str]
    #: What no field is to blame for.
    rest: tuple[str, ...]


def placed(form: Form, faults: Iterable[FieldFault], *, patient: bool = False) -> Placed:
    """Return each fault beside its field, of each field the first.

    `patient`: fields that are empty and that nobody has touched yet are not complained about.
    """
    shown = _names(form)
    beside: dict[str, str] = dict(own_faults(form)) if "timeout" in shown else {}
    rest: list[str] = []
    for fault in faults:
        text = f"{fault.message} ({fault.hint})" if fault.hint else fault.message
        name = _field(form, fault.path)
        if name not in shown:
            rest.append(f"{fault.path}: {text}" if fault.path else text)
        elif not (patient and _is_untouched(form, name)):
            beside.setdefault(name, text)
    return Placed(beside=beside, rest=tuple(rest))


def _is_untouched(form: Form, name: str) -> bool:
    blank = not form[name].strip()
    return blank and (name not in form.touched if name != "name" else True)


def _field(form: Form, path: str) -> str:
    """Return the field that a path is about."""
    parts = re.split(r"[.\[]", path)
    name = parts[1] if parts[0] == "options" and len(parts) > 1 else parts[0]
    if name.endswith("_timeout_seconds"):
        return "timeout"
    return form.trigger if name in _OF_TRIGGER else name


def _word(flag: bool) -> str:
    return "yes" if flag else "no"


def _wall(schedule: schedules.Schedule) -> str:
    """Return when a one-off is, as the clocks of its zone show it."""
    assert schedule.at is not None
    try:
        local = schedule.at.astimezone(ZoneInfo(schedule.zone))
    except (ZoneInfoNotFoundError, ValueError):
        return schedule.at.isoformat()
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
