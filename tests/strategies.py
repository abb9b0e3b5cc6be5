"""Hypothesis strategies for the nouns of the model, named like them.

Everything they make can be stored: text without NUL and lone surrogates, durations in whole
milliseconds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from dockschedd.core import holds as blocks
from dockschedd.core import model, people, triggers

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")

ids = st.uuids(version=4).map(str)
names = st.from_regex(r"\A[a-z0-9][a-z0-9_.-]{0,20}\Z")
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=0, max_size=40
)
instants = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
durations = st.integers(min_value=1, max_value=3660 * 86_400_000).map(
    lambda milliseconds: timedelta(milliseconds=milliseconds)
)
zones = st.sampled_from(ZONES)

stack_refs = st.builds(model.StackRef, names, names)


def optional(values: st.SearchStrategy) -> st.SearchStrategy:
    """The values, or None."""
    return st.none() | values


calendars = st.builds(
    triggers.Calendar, name=names, dates=st.frozensets(st.dates(date(1970, 1, 1)), max_size=9)
)
triggers = st.one_of(
    st.builds(
        triggers.CronTrigger,
        expression=st.sampled_from(("0 22 * * mon-fri", "*/5 * * * *", "30 2 1 jan *")),
        zone=zones,
    ),
    st.builds(triggers.AtTrigger, at=instants, zone=zones),
)

run_options = st.builds(
    model.RunOptions,
    stop_timeout=optional(durations),
    wait_timeout=durations,
    in_place=st.booleans(),
    rerun_oneshots=st.booleans(),
    on_error=st.sampled_from(model.OnError),
)

schedules = st.builds(
    model.Schedule,
    id=ids,
    name=names,
    enabled=st.booleans(),
    trigger=triggers,
    action=st.sampled_from(model.Action),
    selector=texts,
    options=run_options,
    catch_up=st.sampled_from(model.CatchUp),
    deadline=durations,
    owner=names,
    created_at=instants,
    updated_at=instants,
    next_at=optional(instants),
    done=st.booleans(),
    if_busy=st.sampled_from(model.IfBusy),
    spread=st.just(timedelta()) | durations,
)

steps = st.builds(
    model.Step,
    position=st.integers(min_value=1, max_value=1000),
    verb=st.sampled_from(model.Verb),
    container_id=names,
    container=names,
    service=names,
    after=st.lists(st.integers(min_value=1, max_value=1000), max_size=3).map(tuple),
    cause=texts,
    status=st.sampled_from(model.StepStatus),
    started_at=optional(instants),
    finished_at=optional(instants),
    error_code=optional(names),
    error=optional(texts),
)

runs = st.builds(
    model.Run,
    id=ids,
    stack=stack_refs,
    action=st.sampled_from(model.Action),
    status=st.sampled_from(model.RunStatus),
    cause_kind=st.sampled_from(model.CauseKind),
    cause=texts,
    actor=names,
    schedule_id=optional(ids),
    schedule_name=optional(names),
    planned_at=instants,
    deadline_at=optional(instants),
    attempt=st.integers(min_value=1, max_value=100),
    first_started_at=optional(instants),
    options=run_options,
    idempotency_key=optional(texts),
    created_at=instants,
    started_at=optional(instants),
    finished_at=optional(instants),
    error=optional(texts),
    superseded_by=optional(ids),
    if_busy=st.sampled_from(model.IfBusy),
    start_at=optional(instants),
    steps=st.just(()),
)

occurrences = st.builds(
    model.Occurrence, schedule_id=ids, planned_at=instants, recorded_at=instants
)

users = st.builds(
    people.User,
    id=ids,
    name=names,
    role=st.sampled_from(("viewer", "operator", "admin")),
    disabled=st.booleans(),
    password_hash=texts,
    password_changed_at=instants,
    created_at=instants,
)

sessions = st.builds(
    people.Session,
    id=ids,
    user_id=ids,
    origin=texts,
    created_at=instants,
    expires_at=instants,
    revoked_at=optional(instants),
)

audit_records = st.builds(
    people.AuditRecord,
    at=instants,
    actor=texts,
    origin=texts,
    action=names,
    target=texts,
    outcome=st.sampled_from(("ok", "refused", "failed")),
    detail=texts,
)

holds = st.builds(
    blocks.Hold,
    stack=stack_refs,
    wants=st.sampled_from(blocks.Wanted),
    owner=names,
    reason=texts,
    zone=zones,
    since=instants,
    until=optional(instants),
    released_by=optional(names),
)

freezes = st.builds(
    blocks.Freeze,
    owner=names,
    reason=texts,
    zone=zones,
    since=instants,
    until=optional(instants),
    thawed_by=optional(names),
)
