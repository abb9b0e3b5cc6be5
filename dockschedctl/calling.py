"""Requests to one daemon: sent, renewed with newer tokens, and read.

Everything about HTTP and logins that all operations share; which operations there are is not
known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec

from dockschedctl import credentials, transport
from dockschedctl.events import Events
from dockschedctl.exits import Exit
from dockschedctl.failures import ApiProblem, Failure, Usage
from dockschedd.wire import paths, problems

if TYPE_CHECKING:
    from dockschedctl.env import Env
    from dockschedd.wire import access, system

T = TypeVar("T")
_RENEWABLE = frozenset({"token-expired", "token-invalid"})


class Caller:
    """Whoever speaks to one daemon, for the length of one command."""

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

    def abort(self) -> None:
        """End what another thread is waiting for."""
        self._transport.abort()

    def close(self) -> None:
        """Let the connection go."""
        self._transport.close()

    # ------------------------------------------------------------ one request

    def call(
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
                tokens = self._refresh(stored.refresh_token)
            except ApiProblem as problem:
                if problem.exit_code is Exit.NOT_LOGGED_IN:
                    self._shelf.forget()
                raise
            self.keep(tokens)

    def _refresh(self, token: str) -> access.Tokens:
        from dockschedd.wire import access  # noqa: PLC0415 (1 ms that most commands need not)

        body = access.Refresh(refresh_token=token)
        return self.call("POST", "/v1/refresh", access.Tokens, body=body, anonymous=True)

    def keep(self, tokens: access.Tokens) -> None:
        self._login = credentials.of_tokens(self.server, tokens)
        self._shelf.store(self._login)

    def forget_login(self) -> bool:
        """Remove the stored login; return whether there was one."""
        known, self._login = self._login is not None, None
        self._shelf.forget()
        return known

    # ------------------------------------------------------------ events

    def events(
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
                return self.events(query, patience=patience, renewed=True)
            raise self._refused(answer.status, answer.body)
        return Events(response)


def _token_of(env: Env) -> str | None:
    token = env.environ.get("DOCKSCHEDCTL_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()):
        raise Usage("DOCKSCHEDCTL_TOKEN holds something that is no token")
    return token or None


def _target(path: str, query: msgspec.Struct | None) -> str:
    if query is None:
        return path
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in msgspec.to_builtins(query).items()
        if value is not None
    }
    return f"{path}?{urlencode(given)}" if given else path
