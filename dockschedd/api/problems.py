"""The one place where an exception becomes a status and a problem.

Every answer of 400 and above has this shape. What went wrong inside the daemon is logged
with the request's id and never told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from dockschedd.access import throttle
from dockschedd.api.contradictions import Contradicts
from dockschedd.errors import DockschedError, Fault, Invalid
from dockschedd.wire import problems as wire

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What aiohttp answers by itself, in our words.
_HTTP = {404: "no-such-route", 405: "method-not-allowed", 413: "too-large"}


class Refused(DockschedError):
    """A request that is wrong in its form, with the status that HTTP has for it."""

    def __init__(self, code: str, *faults: Fault, hint: str | None = None) -> None:
        self.faults = faults
        super().__init__(wire.CODES[code][1], code=code, hint=hint)


def from_exception(exc: BaseException) -> tuple[wire.Problem, Mapping[str, str]]:
    """Return the problem and the headers that go with it; anything unknown is `internal`."""
    match exc:
        case Refused():
            return _problem(exc.code, hint=exc.hint, faults=exc.faults), _headers(exc.code)
        case Invalid():
            return _problem("invalid", detail=exc.message, hint=exc.hint, faults=exc.faults), {}
        case throttle.TooManyAttempts():
            headers = {"Retry-After": str(exc.retry_after)}
            return _problem(exc.code, hint=exc.hint), headers
        case DockschedError() if (code := _listed(exc)) is not None:
            faults = exc.faults if isinstance(exc, Contradicts) else ()
            problem = _problem(code, detail=exc.message, hint=exc.hint, faults=faults)
            return problem, _headers(code)
        case web.HTTPException():
            return _from_http(exc)
        case _:
            return _problem("internal", hint="the daemon's log has more under the request id"), {}


def is_internal(problem: wire.Problem) -> bool:
    """Return whether it is our own mistake, which has to be logged with its traceback."""
    return problem.code == "internal"


def response(problem: wire.Problem, headers: Mapping[str, str]) -> web.Response:
    """Return the answer."""
    return web.Response(
        body=msgspec.json.encode(problem),
        status=problem.status,
        content_type=wire.CONTENT_TYPE,
        headers=headers,
    )


def _from_http(exc: web.HTTPException) -> tuple[wire.Problem, Mapping[str, str]]:
    code = _HTTP.get(exc.status)
    if code is None and exc.status < 500:  # noqa: PLR2004
        code = "bad-request"
    headers = {"Allow": exc.headers["Allow"]} if "Allow" in exc.headers else {}
    return _problem(code or "internal"), headers


def _listed(exc: DockschedError) -> str | None:
    """Return its code; for one of the many that are not listed, that of its kind."""
    found = exc.code if exc.code in wire.CODES else type(exc).code
    return found if found in wire.CODES and found != "internal" else None


def _headers(code: str) -> Mapping[str, str]:
    if wire.CODES[code][0] != 401:  # noqa: PLR2004
        return {}
    # RFC 6750, section 3: the error only where a token was given.
    invalid = code in {"token-invalid", "token-expired", "session-ended"}
    return {"WWW-Authenticate": 'Bearer error="invalid_token"' if invalid else "Bearer"}


def _problem(
    code: str, *, detail: str = "", hint: str | None = None, faults: tuple[Fault, ...] = ()
) -> wire.Problem:
    status, title = wire.CODES[code]
    return wire.Problem(
        code=code,
        title=title,
        status=status,
        detail="" if detail == title else detail,
        hint=hint,
        faults=tuple(
            wire.FieldFault(path=f.path, code=f.code, message=f.message, hint=f.hint)
            for f in faults
        ),
    )
