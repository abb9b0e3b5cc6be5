"""The one shape of errors (RFC 9457, `application/problem+json`) and their codes.

Codes are stable: scripts branch on them. docs/reference/problems.md is generated from here.
"""

from __future__ import annotations

from typing import Final

import msgspec

CONTENT_TYPE: Final = "application/problem+json"


class FieldFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong with a request."""

    #: The field's path, for example `cron` or `options.stop_timeout_seconds`.
    path: str
    code: str
    message: str
    hint: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not carried out. Nothing has changed."""

    code: str
    title: str
    status: int
    detail: str = ""
    hint: str | None = None
    #: All that is wrong with the request, where it is the request that is wrong.
    faults: tuple[FieldFault, ...] = ()


#: code → (HTTP status, what it means). Codes that are not listed belong to faults.
CODES: Final[dict[str, tuple[int, str]]] = {
    "bad-json": (400, "The body is not valid JSON"),
    "bad-request": (400, "The request cannot be understood"),
    "invalid": (422, "What was asked for cannot be understood or can never work"),
    "unauthenticated": (401, "You are not logged in"),
    "login-failed": (401, "User name or password is wrong"),
    "token-expired": (401, "The access token has expired"),
    "token-invalid": (401, "The access token is not valid"),
    "session-ended": (401, "The session has ended"),
    "forbidden": (403, "Your role does not allow this"),
    "not-found": (404, "There is nothing of that name"),
    "no-such-route": (404, "There is no such route"),
    "stack-not-found": (404, "There is no such stack"),
    "schedule-not-found": (404, "There is no such schedule"),
    "calendar-not-found": (404, "There is no such calendar"),
    "run-not-found": (404, "There is no such run"),
    "user-not-found": (404, "There is no such user"),
    "hold-not-found": (404, "Nobody holds the stack"),
    "requirement-not-found": (404, "Nobody said that the stack needs the other one"),
    "freeze-not-found": (404, "The schedules are not frozen"),
    "host-not-found": (404, "There is no such host"),
    "group-not-found": (404, "There is no such group"),
    "method-not-allowed": (405, "The route does not know this method"),
    "too-slow": (408, "The body did not arrive in time"),
    "conflict": (409, "The state of things does not allow it"),
    "schedule-exists": (409, "A schedule of that name exists"),
    "calendar-exists": (409, "A calendar of that name exists"),
    "calendar-in-use": (409, "Schedules name the calendar"),
    "host-exists": (409, "A host of that name exists"),
    "host-in-config": (409, "The host belongs to the daemon's configuration"),
    "host-in-use": (409, "Something names the host"),
    "host-busy": (409, "Runs are under way on the host"),
    "group-exists": (409, "A group of that name exists"),
    "group-in-use": (409, "Schedules name the group"),
    "user-exists": (409, "A user of that name exists"),
    "last-admin": (409, "It is the last administrator"),
    "run-over": (409, "The run is over"),
    "run-not-resumable": (409, "There is no use in resuming the run"),
    "dependents-up": (409, "Stacks that need this one are up"),
    "requirement-cycle": (409, "Stacks would need each other"),
    "schedule-conflicts": (409, "The schedule contradicts another one"),
    "schedule-over": (409, "The schedule has nothing left to fire"),
    "key-reused": (409, "The idempotency key was used for another request"),
    "too-large": (413, "The body is too large"),
    "not-json": (415, "The body must be application/json"),
    "wrong-host": (421, "The Host header names another server"),
    "too-many-attempts": (429, "There were too many failed attempts"),
    "internal": (500, "dockschedd made a mistake"),
    "store-error": (503, "The database could not be used"),
    "store-full": (507, "The disk of the database is full"),
    "store-read-only": (503, "The database cannot be written"),
    "store-damaged": (503, "The database is damaged"),
    "store-busy": (503, "The database is locked by another program"),
    "store-unavailable": (503, "The database cannot be reached"),
    "host-error": (502, "The Docker Engine did not do what it was asked"),
    "host-unreachable": (503, "The Docker Engine cannot be reached"),
    "host-timeout": (504, "The Docker Engine did not answer in time"),
    "host-refused": (502, "The Docker Engine refused the call"),
    "container-gone": (409, "The container does not exist any more"),
    "shutting-down": (503, "dockschedd is shutting down"),
}
