"""What an engine answers, as values of the model.

Pure. Engines of every version and their imitations leave fields out: what is missing or
strange becomes None or the least claim, and never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dockschedd.core import labels, model
from dockschedd.core.model import ContainerState, Health

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CODE = re.compile(r"(?:Exited|Restarting) \((-?[0-9]{1,9})\)")
#: `Up 3 hours (healthy)`, `Exited (0) About a minute ago`.
_AGE = re.compile(
    r"(?:Up|Exited \(-?[0-9]+\)|Restarting \(-?[0-9]+\)|Dead)\s+"
    r"(?:(?P<number>[0-9]{1,9}|About an?|Less than a)\s+(?P<unit>[a-z]+?)s?)(?: ago)?(?: \(|$)"
)
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_HEALTH = {
    "(healthy)": Health.HEALTHY,
    "(unhealthy)": Health.UNHEALTHY,
    "(health: starting)": Health.STARTING,
}
#: Podman's words where they differ.
_STATES = {
    "configured": ContainerState.CREATED,
    "initialized": ContainerState.CREATED,
    "stopping": ContainerState.RUNNING,
    "stopped": ContainerState.EXITED,
}
_ENDED = frozenset({ContainerState.EXITED, ContainerState.DEAD, ContainerState.RESTARTING})
_WORDS = frozenset(health.value for health in Health)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """What only an inspect tells about a container; see ports.Inspected."""

    container: model.Container
    stack: str | None
    started_at: datetime | None
    finished_at: datetime | None
    #: Negative: the engine waits for ever.
    stop_timeout: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event of one container; see ports.HostEvent."""

    action: str
    container_id: str
    stack: str | None
    at: datetime
    exit_code: int | None = None


def identity(answer: object) -> str:
    """Return what only one engine says of itself; "" where it says nothing.

    Machines that were copied from one image can have the same id, but not the same name. Several
    engines on one machine have both in common (up to Docker 24 the id is that of the machine's
    /etc/docker/key.json), but not the directory where their containers are.
    """
    found = answer if isinstance(answer, dict) else {}
    key = found.get("ID")
    if not isinstance(key, str) or not key:
        return ""
    more = (found.get("Name"), found.get("DockerRootDir"))
    return " ".join([key, *(each for each in more if isinstance(each, str))])


def stacks(rows: Iterable[object]) -> Mapping[str, tuple[model.Container, ...]]:
    """Given the rows of a list call, return stack → containers by service and number.

    Containers that belong to no stack are left out; a row seen twice counts once.
    """
    found: dict[str, dict[str, model.Container]] = {}
    for row in rows:
        fields = _mapping(row)
        words = _labels(fields.get("Labels"))
        stack = labels.stack_of(words)
        if stack and (container := _listed(fields, words)):
            found.setdefault(stack, {})[container.id] = container
    return {
        stack: tuple(
            sorted(found[stack].values(), key=lambda each: (each.service, each.number, each.name))
        )
        for stack in sorted(found)
    }


def inspected(answer: object) -> Inspected:
    """Given the answer of an inspect, return what it tells."""
    fields = _mapping(answer)
    config = _mapping(fields.get("Config"))
    state = _mapping(fields.get("State"))
    words = _labels(config.get("Labels"))
    status = _state(_text(state.get("Status")))
    policy = _mapping(_mapping(fields.get("HostConfig")).get("RestartPolicy"))
    name = _text(fields.get("Name")).lstrip("/")
    seconds = config.get("StopTimeout")
    return Inspected(
        container=model.Container(
            id=_text(fields.get("Id")),
            name=name,
            service=labels.service_of(words, fallback=name),
            number=labels.number_of(words),
            state=status,
            health=_health(_text(_mapping(state.get("Health")).get("Status")), status),
            exit_code=_integer(state.get("ExitCode")) if status in _ENDED else None,
            depends_on=labels.parse_depends_on(words.get(labels.DEPENDS_ON, "")),
            requires=labels.parse_requires(words.get(labels.REQUIRES, "")),
            restart_policy=_text(policy.get("Name")) or "no",
        ),
        stack=labels.stack_of(words),
        started_at=_instant(state.get("StartedAt")),
        finished_at=_instant(state.get("FinishedAt")),
        stop_timeout=timedelta(seconds=seconds) if isinstance(seconds, int) else None,
    )


def event(message: object) -> Event | None:
    """Given one message of the event stream, return it; None for what is no container's."""
    fields = _mapping(message)
    actor = _mapping(fields.get("Actor"))
    action = _text(fields.get("Action"))
    container_id = _text(actor.get("ID"))
    nanoseconds = _integer(fields.get("timeNano"))
    if not action or not container_id or nanoseconds is None or action.startswith("exec_"):
        return None
    attributes = _mapping(actor.get("Attributes"))
    try:
        at = _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
    return Event(
        action=action,
        container_id=container_id,
        stack=labels.stack_of(_labels(attributes)),
        at=at,
        exit_code=_integer(_text(attributes.get("exitCode"))) if action == "die" else None,
    )


def _listed(fields: Mapping[str, object], words: Mapping[str, str]) -> model.Container | None:
    container_id = _text(fields.get("Id"))
    if not container_id:
        return None
    status = _text(fields.get("Status"))
    state = _state(_text(fields.get("State")))
    name = _name(fields.get("Names")) or container_id[:12]
    code = _CODE.match(status)
    return model.Container(
        id=container_id,
        name=name,
        service=labels.service_of(words, fallback=name),
        number=labels.number_of(words),
        state=state,
        health=_listed_health(status, state),
        exit_code=int(code[1]) if code and state in _ENDED else None,
        depends_on=labels.parse_depends_on(words.get(labels.DEPENDS_ON, "")),
        requires=labels.parse_requires(words.get(labels.REQUIRES, "")),
        since=_created(fields) if state is ContainerState.CREATED else None,
        age=_age(status) if state is not ContainerState.PAUSED else None,
    )


def _created(fields: Mapping[str, object]) -> model.Since | None:
    seconds = _integer(fields.get("Created"))
    if not seconds:
        return None
    try:
        return model.Since(at=_EPOCH + timedelta(seconds=seconds), exact=True)
    except OverflowError:
        return None


def _age(status: str) -> timedelta | None:
    """Return for how long it is so, in round words; of a paused one it is how long it is up."""
    found = _AGE.match(status)
    unit = _UNITS.get(found["unit"]) if found else None
    if found is None or unit is None:
        return None
    number = {"L": 0, "A": 1}.get(found["number"][0])
    try:
        return unit * (int(found["number"]) if number is None else number)
    except OverflowError:
        return None


def _listed_health(status: str, state: ContainerState) -> Health:
    if state is ContainerState.RUNNING:
        for words, health in _HEALTH.items():
            if status.endswith(words):
                return health
    return Health.NONE


def _health(word: str, state: ContainerState) -> Health:
    # A list says nothing about the health of what is paused or has ended, so neither does this.
    if state is ContainerState.RUNNING and word in _WORDS:
        return Health(word)
    return Health.NONE


def _state(word: str) -> ContainerState:
    try:
        return ContainerState(word)
    except ValueError:
        return _STATES.get(word, ContainerState.EXITED)


def _name(names: object) -> str:
    # Legacy links add names like `/other/alias`.
    texts = [_text(name).lstrip("/") for name in names] if isinstance(names, list) else []
    return next((text for text in texts if text and "/" not in text), "")


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # The engine's zero is the year 1.
    return at if at.year > 1 else None


def _labels(value: object) -> Mapping[str, str]:
    found = _mapping(value)
    return {key: text for key in labels.READ if isinstance(text := found.get(key), str)}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _integer(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
