"""Errors of the docker SDK, of requests and of the system, as errors of ours with hints.

Every exception has a translation, so that nothing else leaves `hosts`. An answer that was
lost is a HostTimeout: what the engine did with the call is not known. A connection that was
never made is a plain HostUnreachable: the engine has done nothing.
"""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from docker import errors as docker_errors
from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

from dockschedd import errors
from dockschedd.hosts import surface, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What servers answer in plain HTTP to whoever does not speak TLS to them.
_WANTS_TLS = re.compile("HTTP request (?:was sent )?to (?:an )?HTTPS", re.IGNORECASE)
#: What a proxy answers to what it does not let through, and an authorization plugin.
_FILTERED = frozenset({403, 405})
_NO_SUCH = ("no such container", "is not running or does not exist")


def error(  # noqa: PLR0911 - one for each kind of cause
    cause: Exception, *, host: str, url: str, doing: str
) -> errors.HostError:
    """Return what to raise from `cause`.

    `doing` completes "cannot …": `list the containers`, `stop container 1f2e3d4c5b6a`.
    """
    match cause:
        case errors.HostError():
            return cause if f"`{host}`" in cause.message else _named(cause, host)
        case trouble.Trouble():
            return _troubled(cause, host=host, url=url)
        case docker_errors.APIError():
            return _answered(cause, host=host, url=url, doing=doing)
        case requests_errors.Timeout() | TimeoutError():
            return timeout(host=host, doing=doing)
        case requests_errors.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            return _no_docker(host=host, url=url, doing=doing)
        case requests_errors.RequestException() | OSError():
            return _disconnected(cause, host=host, url=url, doing=doing)
        case _:
            return errors.HostRefused(
                f"cannot {doing} on `{host}`: {type(cause).__name__}: {cause}"
            )


def _named(cause: errors.HostError, host: str) -> errors.HostError:
    return type(cause)(f"host `{host}`: {cause.message}", code=cause.code, hint=cause.hint)


def _troubled(cause: trouble.Trouble, *, host: str, url: str) -> errors.HostError:
    return errors.HostUnreachable(
        f"cannot reach the Docker Engine of `{host}` at {url}: {cause.said}",
        code=cause.code,
        hint=cause.hint,
    )


def _no_docker(*, host: str, url: str, doing: str) -> errors.HostError:
    return errors.HostRefused(
        f"cannot {doing}: what answers at {url}, the URL of `{host}`, is no Docker Engine",
        code="host-not-docker",
        hint=f"correct the URL of the host `{host}`",
    )


def timeout(*, host: str, doing: str) -> errors.HostTimeout:
    """Return what to raise when the time limit of a call has passed."""
    return errors.HostTimeout(
        f"cannot {doing}: the Docker Engine of `{host}` did not answer in time",
        hint="what it did with the call is not known; see whether it hangs: "
        "`systemctl status docker`",
    )


def _answered(
    cause: docker_errors.APIError, *, host: str, url: str, doing: str
) -> errors.HostError:
    said = str(cause.explanation or cause).strip().rstrip(".")
    if _WANTS_TLS.search(said):
        return _troubled(trouble.wants_tls(), host=host, url=url)
    if cause.status_code == 404 and any(words in said.lower() for words in _NO_SUCH):  # noqa: PLR2004 - HTTP
        return errors.ContainerGone(
            f"cannot {doing} on `{host}`: it does not exist any more",
            hint="it was removed or created anew; the next observation shows what is there",
        )
    if cause.status_code in _FILTERED:
        return _filtered(cause, host=host, doing=doing)
    if "client version" in said.lower():
        return errors.HostRefused(
            f"the Docker Engine of `{host}` speaks another version of the API: {said}",
            code="host-api-version",
        )
    return errors.HostRefused(f"cannot {doing} on `{host}`: {said}")


def _filtered(cause: docker_errors.APIError, *, host: str, doing: str) -> errors.HostRefused:
    asked = "a request"
    request = getattr(cause.response, "request", None)
    if request is not None:
        path = urlsplit(request.url).path
        known = surface.find(request.method, path)
        asked = f"`{known or f'{request.method} {path}'}`"
    return errors.HostRefused(
        f"cannot {doing} on `{host}`: what stands before its Docker Engine does not let "
        f"{asked} through",
        code="host-filtered",
        hint="allow it in the socket proxy, or in the authorization plugin of the engine: "
        "docs/socket-proxy.md has the whole list",
    )


def _disconnected(  # noqa: PLR0911 - one for each error of the system
    cause: Exception, *, host: str, url: str, doing: str
) -> errors.HostError:
    where = f"the Docker Engine of `{host}` at {url}"
    if _speaks_no_http(cause):
        return _no_docker(host=host, url=url, doing=doing)
    match _system_error(cause):
        case TimeoutError():
            return timeout(host=host, doing=doing)
        case PermissionError():
            return errors.HostUnreachable(
                f"cannot reach {where}: permission denied",
                hint="let the user that dockschedd runs as use Docker: "
                "`usermod -aG docker dockschedd`, then restart dockschedd",
            )
        case FileNotFoundError():
            return errors.HostUnreachable(
                f"cannot reach {where}: there is no such socket",
                hint="see whether Docker runs: `systemctl status docker`",
            )
        case ConnectionRefusedError():
            return errors.HostUnreachable(
                f"cannot reach {where}: connection refused",
                hint="see whether Docker runs: `systemctl status docker`"
                if url.startswith("unix:")
                else "see whether Docker runs on that machine and listens on that port: "
                "`systemctl status docker`, `ss -ltn`",
            )
        case ConnectionError():
            # Reset, aborted or a broken pipe: it was there when the call was sent.
            return errors.HostTimeout(
                f"cannot {doing}: the connection to {where} was lost before it answered",
                code="host-answer-lost",
                hint="what it did with the call is not known; see whether Docker was "
                "restarted: `systemctl status docker`",
            )
        case OSError() as system:
            return errors.HostUnreachable(f"cannot reach {where}: {system.strerror or system}")
        case None if isinstance(cause, requests_errors.ChunkedEncodingError):
            return errors.HostTimeout(
                f"cannot {doing}: the connection to {where} was lost in the middle of its answer",
                code="host-answer-lost",
            )
        case None:
            return errors.HostUnreachable(f"cannot reach {where}: {cause}")


def _speaks_no_http(cause: BaseException) -> bool:
    """Return whether what answered was no HTTP; an answer that was cut off may have been."""
    return any(
        isinstance(each, http.client.HTTPException | urllib3_errors.InvalidChunkLength)
        and not isinstance(each, http.client.IncompleteRead | ConnectionError)
        for each in _below(cause)
    )


def _system_error(cause: BaseException) -> OSError | None:
    """Return the system's own error below those of requests and urllib3."""
    for each in _below(cause):
        # The errors of requests are OSErrors themselves, without a number. RemoteDisconnected
        # and a socket's TimeoutError have none either, but a type that tells.
        if isinstance(each, ConnectionError | TimeoutError) or (
            isinstance(each, OSError) and each.errno is not None
        ):
            return each
    return None


def _below(cause: BaseException) -> Iterator[BaseException]:
    """Yield it and what it hides in `args`, `reason`, causes and contexts, each once."""
    seen: set[int] = set()
    rest: list[BaseException] = [cause]
    while rest:
        current = rest.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (*current.args, current.__cause__, current.__context__)
        rest.extend(each for each in inner if isinstance(each, BaseException))
        reason = getattr(current, "reason", None)
        if isinstance(reason, BaseException):
            rest.append(reason)
