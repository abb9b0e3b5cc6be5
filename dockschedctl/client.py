"""The daemon, one method per operation of its table of routes.

Synchronous and typed by the wire. Refused requests raise ApiProblem. Commands never build
requests themselves; what a command does not call is not here.
"""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from dockschedctl import credentials, transport
from dockschedctl.events import Events
from dockschedctl.exits import Exit
from dockschedctl.failures import ApiProblem, Failure, Usage
from dockschedd.wire import paths, problems

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from dockschedctl.env import Env
    from dockschedd.wire import access, foresight, holds, runs, schedules, stacks, system
else:

    class _Lazy:
        """A wire module that is imported when it is first used: 1 ms each."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> object:
            return getattr(import_module(f"dockschedd.wire.{self._name}"), attribute)

    access, foresight, holds, runs, schedules, stacks, system = map(
        _Lazy, ("access", "foresight", "holds", "runs", "schedules", "stacks", "system")
    )

T = TypeVar("T")
_RENEWABLE = frozenset({"token-expired", "token-invalid"})
#: The daemon sends something at least every 15 s; a longer silence is a dead connection.
STREAM_PATIENCE = 40.0


class Client:
    """One daemon, for the length of one command."""

    def __init__(
        self,
        connection: transport.Transport,
        *,
        env: Env,
        shelf: credentials.Shelf,
        renews: bool = True,
        debug: bool = False,
    ) -> None:
        self._transport = connection
        self._env = env
        self._shelf = shelf
        self._renews = renews
        self._debug = debug
        #: For scripts: never refreshed, never stored.
        self._token = _token_of(env)
        self._login = None if self._token else shelf.load()
        #: What the daemon said of itself with its last answer.
        self.daemon_version: str | None = None

    @property
    def server(self) -> str:
        """The daemon's address."""
        return self._transport.server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    # ------------------------------------------------------------ operations

    def health(self) -> system.Health:
        return self._call("GET", "/healthz", system.Health, anonymous=True)

    def login(self, body: access.Login) -> access.Tokens:
        """Log in, and keep what it gave."""
        tokens = self._call("POST", "/v1/login", access.Tokens, body=body, anonymous=True)
        self._keep(tokens)
        return tokens

    def refresh(self, body: access.Refresh) -> access.Tokens:
        """Trade a refresh token; the caller holds the shelf's lock."""
        return self._call("POST", "/v1/refresh", access.Tokens, body=body, anonymous=True)

    def logout(self) -> None:
        self._call("POST", "/v1/logout", None)

    def whoami(self) -> access.Me:
        return self._call("GET", "/v1/me", access.Me)

    def passwd(self, body: access.PasswordChange) -> None:
        self._call("PUT", "/v1/me/password", None, body=body)

    def status(self) -> system.Status:
        return self._call("GET", "/v1/status", system.Status)

    def events(self, query: system.EventQuery, *, patience: float = STREAM_PATIENCE) -> Events:
        """Open the stream of changes; what happens from now on is in it."""
        return self._events(query, patience=min(patience, STREAM_PATIENCE))

    def list_hosts(self) -> stacks.Hosts:
        return self._call("GET", "/v1/hosts", stacks.Hosts)

    def list_stacks(self, query: stacks.StackQuery) -> stacks.StackPage:
        return self._call("GET", "/v1/stacks", stacks.StackPage, query=query)

    def show_stack(self, host: str, stack: str) -> stacks.Stack:
        return self._call("GET", _path("/v1/stacks", host, stack), stacks.Stack)

    def list_holds(self) -> holds.Holds:
        return self._call("GET", "/v1/holds", holds.Holds)

    def hold(self, host: str, stack: str, body: holds.HoldNew) -> holds.HoldPlaced:
        path = _path("/v1/stacks", host, stack, "hold")
        return self._call("PUT", path, holds.HoldPlaced, body=body)

    def release(self, host: str, stack: str) -> None:
        self._call("DELETE", _path("/v1/stacks", host, stack, "hold"), None)

    def freeze(self, body: holds.FreezeNew) -> holds.Freeze:
        return self._call("PUT", "/v1/freeze", holds.Freeze, body=body)

    def thaw(self) -> None:
        self._call("DELETE", "/v1/freeze", None)

    def why_stack(self, host: str, stack: str, query: foresight.WhyQuery) -> foresight.Why:
        return self._call(
            "GET", _path("/v1/stacks", host, stack, "why"), foresight.Why, query=query
        )

    def plan(self, body: runs.PlanRequest) -> runs.Plans:
        return self._call("POST", "/v1/plans", runs.Plans, body=body)

    def act(self, body: runs.RunRequest) -> runs.Runs:
        return self._call("POST", "/v1/runs", runs.Runs, body=body, key=_new_key())

    def list_runs(self, query: runs.RunQuery) -> runs.RunPage:
        return self._call("GET", "/v1/runs", runs.RunPage, query=query)

    def show_run(self, run: str) -> runs.Run:
        return self._call("GET", _path("/v1/runs", run), runs.Run)

    def cancel_run(self, run: str) -> runs.Run:
        return self._call("POST", _path("/v1/runs", run, "cancel"), runs.Run)

    def resume_run(self, run: str) -> runs.Run:
        return self._call("POST", _path("/v1/runs", run, "resume"), runs.Run, key=_new_key())

    def run_stats(self, query: runs.StatsQuery) -> runs.Stats:
        return self._call("GET", "/v1/runs/stats", runs.Stats, query=query)

    def list_conflicts(self, query: foresight.ConflictQuery) -> foresight.Conflicts:
        return self._call("GET", "/v1/conflicts", foresight.Conflicts, query=query)

    def list_schedules(self, query: schedules.PageQuery) -> schedules.SchedulePage:
        return self._call("GET", "/v1/schedules", schedules.SchedulePage, query=query)

    def add_schedule(self, body: schedules.ScheduleNew) -> schedules.Schedule:
        return self._call("POST", "/v1/schedules", schedules.Schedule, body=body)

    def show_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("GET", _path("/v1/schedules", schedule), schedules.Schedule)

    def edit_schedule(self, schedule: str, body: schedules.ScheduleEdit) -> schedules.Schedule:
        path = _path("/v1/schedules", schedule)
        return self._call("PATCH", path, schedules.Schedule, body=body)

    def remove_schedule(self, schedule: str) -> None:
        self._call("DELETE", _path("/v1/schedules", schedule), None)

    def enable_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("POST", _path("/v1/schedules", schedule, "enable"), schedules.Schedule)

    def disable_schedule(self, schedule: str) -> schedules.Schedule:
        return self._call("POST", _path("/v1/schedules", schedule, "disable"), schedules.Schedule)

    def run_schedule(self, schedule: str) -> runs.Runs:
        path = _path("/v1/schedules", schedule, "run")
        return self._call("POST", path, runs.Runs, key=_new_key())

    def preview_schedule(self, schedule: str, query: schedules.PreviewQuery) -> schedules.Preview:
        path = _path("/v1/schedules", schedule, "preview")
        return self._call("GET", path, schedules.Preview, query=query)

    def preview(self, body: schedules.PreviewRequest) -> schedules.Preview:
        return self._call("POST", "/v1/previews", schedules.Preview, body=body)

    def list_users(self, query: schedules.PageQuery) -> access.UserPage:
        return self._call("GET", "/v1/users", access.UserPage, query=query)

    def add_user(self, body: access.UserNew) -> access.User:
        return self._call("POST", "/v1/users", access.User, body=body)

    def show_user(self, user: str) -> access.User:
        return self._call("GET", _path("/v1/users", user), access.User)

    def edit_user(self, user: str, body: access.UserEdit) -> access.User:
        return self._call("PATCH", _path("/v1/users", user), access.User, body=body)

    def remove_user(self, user: str) -> None:
        self._call("DELETE", _path("/v1/users", user), None)

    def list_audit(self, query: access.AuditQuery) -> access.AuditPage:
        return self._call("GET", "/v1/audit", access.AuditPage, query=query)

    def verify_audit(self) -> access.AuditVerdict:
        return self._call("POST", "/v1/audit/verify", access.AuditVerdict)

    # ------------------------------------------------------------ one request

    def _call(
        self,
        method: str,
        path: str,
        reply: type[T] | None,
        *,
        body: msgspec.Struct | None = None,
        query: msgspec.Struct | None = None,
        key: str | None = None,
        anonymous: bool = False,
    ) -> T:
        target = _target(path, query)
        data = None if body is None else msgspec.json.encode(body)
        headers = {"Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers[paths.IDEMPOTENCY_HEADER] = key
        again = method == "GET" or key is not None
        used = None if anonymous else self._bearer()
        answer = self._send(method, target, data, headers, token=used, again=again)
        if answer.status == 401 and not anonymous and self._renew(answer, used):  # noqa: PLR2004
            answer = self._send(method, target, data, headers, token=self._bearer(), again=again)
        if answer.status >= 400:  # noqa: PLR2004 (RFC 9110)
            raise self._refused(answer.status, answer.body)
        if reply is None:
            return None  # type: ignore[return-value] # T is None then
        return self._decode(answer.body, reply)

    def _send(
        self,
        method: str,
        target: str,
        data: bytes | None,
        headers: dict[str, str],
        *,
        token: str | None,
        again: bool,
    ) -> transport.Answer:
        if token is not None:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        began = self._env.monotonic()
        try:
            answer = self._transport.send(method, target, body=data, headers=headers)
        except transport.Broken:
            if not again:
                raise
            answer = self._transport.send(method, target, body=data, headers=headers)
        if self._debug:
            took = (self._env.monotonic() - began) * 1000
            request = answer.headers.get(paths.REQUEST_ID_HEADER) or "-"
            self._env.say(f"debug: {method} {target} {answer.status} {took:.1f} ms {request}")
        self._check_version(answer.headers.get(paths.API_HEADER), answer.status)
        self.daemon_version = answer.headers.get(paths.VERSION_HEADER)
        return answer

    def _check_version(self, api: str | None, status: int) -> None:
        if api == paths.API_VERSION:
            return
        if api is None:
            raise transport.stranger(
                self._transport.server, f"it answers {status} without {paths.API_HEADER}"
            )
        raise Failure(
            f"the daemon speaks version {api} of the API, this client version {paths.API_VERSION}",
            hint="install the same version of dockschedd on both sides",
        )

    def _refused(self, status: int, body: bytes) -> Failure:
        try:
            return ApiProblem(msgspec.json.decode(body, type=problems.Problem))
        except msgspec.DecodeError:
            return transport.stranger(self._transport.server, f"it answers {status}")

    def _decode(self, body: bytes, reply: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=reply)
        except msgspec.DecodeError as exc:
            raise Failure(
                f"the daemon's answer cannot be understood: {exc}",
                hint="install the same version of dockschedd on both sides",
            ) from exc

    # ------------------------------------------------------------ tokens

    def _bearer(self) -> str | None:
        """Return the token to send; None where there is no login."""
        if self._token is not None:
            return self._token
        if self._login is not None and self._login.is_stale(self._env.now()):
            self._exchange(self._login)
        return self._login.access_token if self._login is not None else None

    def _renew(self, answer: transport.Answer, used: str | None) -> bool:
        """Return whether there is a newer token than the one that was refused."""
        if self._login is None or used is None:
            return False
        problem = self._refused(answer.status, answer.body)
        if not isinstance(problem, ApiProblem) or problem.code not in _RENEWABLE:
            return False
        if self._login.access_token == used:
            self._exchange(self._login)
        return True

    def _exchange(self, old: credentials.Login) -> None:
        """Get new tokens, unless another command has got them meanwhile."""
        if not self._renews:
            raise Failure("the access token has expired", exit_code=Exit.NOT_LOGGED_IN)
        with self._shelf.locked(), credentials.undisturbed():
            stored = self._shelf.load()
            if stored is None:
                raise Failure(
                    f"you have been logged out of {self.server}",
                    exit_code=Exit.NOT_LOGGED_IN,
                    hint="log in again with `dockschedctl login`",
                )
            if stored.access_token != old.access_token and not stored.is_stale(self._env.now()):
                self._login = stored
                return
            try:
                tokens = self.refresh(access.Refresh(refresh_token=stored.refresh_token))
            except ApiProblem as problem:
                if problem.exit_code is Exit.NOT_LOGGED_IN:
                    self._shelf.forget()
                raise
            self._keep(tokens)

    def _keep(self, tokens: access.Tokens) -> None:
        self._login = credentials.of_tokens(self.server, tokens)
        self._shelf.store(self._login)

    def forget_login(self) -> bool:
        """Remove the stored login; return whether there was one."""
        known, self._login = self._login is not None, None
        self._shelf.forget()
        return known

    # ------------------------------------------------------------ events

    def _events(
        self, query: system.EventQuery, *, patience: float, renewed: bool = False
    ) -> Events:
        target = _target("/v1/events", query)
        token = self._bearer()
        headers = {"Accept": "text/event-stream"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = self._transport.stream(target, headers=headers, patience=patience)
        self._check_version(response.headers.get(paths.API_HEADER), response.status)
        if response.status != 200:  # noqa: PLR2004 (RFC 9110)
            body = self._transport.read(response)
            answer = transport.Answer(response.status, response.headers, body)
            if answer.status == 401 and not renewed and self._renew(answer, token):  # noqa: PLR2004
                return self._events(query, patience=patience, renewed=True)
            raise self._refused(answer.status, answer.body)
        return Events(response)


def _token_of(env: Env) -> str | None:
    token = env.environ.get("DOCKSCHEDCTL_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()):
        raise Usage("DOCKSCHEDCTL_TOKEN holds something that is no token")
    return token or None


def _new_key() -> str:
    return str(uuid.uuid4())


def _path(*parts: str) -> str:
    first, *rest = parts
    for part in rest:
        if part in ("", ".", ".."):
            raise Usage(f"`{part}` is no name")
    return "/".join([first, *(quote(part, safe="") for part in rest)])


def _target(path: str, query: msgspec.Struct | None) -> str:
    if query is None:
        return path
    given = {k: v for k, v in msgspec.to_builtins(query).items() if v is not None}
    return f"{path}?{urlencode(given)}" if given else path
