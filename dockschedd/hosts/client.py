"""The docker SDK's low-level client, with a time limit on every request.

Its version is agreed with the engine on first contact. It is imported on first use, in the
thread of the first call: requests and docker cost 90 ms and 15 MB.
"""

from __future__ import annotations

import contextlib
import threading
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from docker import errors as docker_errors
from docker.api.client import APIClient
from docker.utils.utils import version_lt
from requests import exceptions
from urllib3 import exceptions as urllib3_errors

from dockschedd import errors
from dockschedd.hosts import direct, limits, observe, sockets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import requests

    from dockschedd.hosts import ways

#: The oldest API that is spoken here (Docker 20.10). What is used of it has not changed since.
API = "1.41"
#: How much of an answer is read at once.
_PIECE = 1 << 16

T = TypeVar("T")


class Client(APIClient):
    """The SDK's client; every request ends within `limit` seconds, or those of `limited`."""

    def __init__(self, way: ways.Way, *, limit: float) -> None:
        self._limit = limit
        self._limits = threading.local()
        # A Unix socket, as far as the SDK knows: what it would do with TLS and ssh is not
        # wanted. It is never connected.
        super().__init__(base_url="unix:///engine", version=API)
        self.mount("http+docker://", sockets.Adapter(way, kept=way.kept))
        # Otherwise a proxy, a .netrc or REQUESTS_CA_BUNDLE of the environment has its say.
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"

    def speak(self, version: str) -> None:
        """Speak this version of the API from now on."""
        self._version = version

    def limited(self, seconds: float, call: Callable[[Client], T]) -> T:
        """Return what `call` returns; requests that it makes in this thread are limited."""
        self._limits.seconds = seconds
        return call(self)

    def request(  # type: ignore[override]  # what the SDK's methods say that are called here
        self, method: str, url: str, *, stream: bool = False, **said: Any
    ) -> requests.Response:
        """Send one request; the limit stands for whatever the SDK's method had in mind.

        An answer that is no stream is read here, so that it cannot be endless.
        """
        response = direct.send(
            self.get_adapter(url),
            method,
            url,
            params=said.get("params"),
            seconds=getattr(self._limits, "seconds", self._limit),
        )
        if stream:
            return response
        with contextlib.closing(response), limits.Answer() as answer:
            try:
                # Not by urllib3's own reading of chunks: their headers could be endless.
                while piece := response.raw.read(_PIECE):
                    answer.add(piece)
            except urllib3_errors.ReadTimeoutError as late:
                raise exceptions.ReadTimeout(late) from late
            except urllib3_errors.HTTPError as lost:
                raise exceptions.ChunkedEncodingError(lost) from lost
            response._content = answer.whole()  # noqa: SLF001 - where requests keeps it
        return response

    def about(self) -> Mapping[str, object]:
        """Return what the engine tells about itself; it needs no agreement on a version."""
        answer: object = self.version(api_version=False)
        if not isinstance(answer, dict) or not isinstance(answer.get("ApiVersion"), str):
            raise errors.HostRefused(
                "what answers is no Docker Engine: it does not tell its version",
                code="host-not-docker",
            )
        return answer

    def identity(self) -> str:
        """Return what only this engine says of itself; "" where it tells nothing."""
        return observe.identity(self.info())

    def clock(self) -> datetime | None:
        """Return the engine's time, cut to whole seconds; None where it tells none."""
        said = self.get(f"{self.base_url}/_ping").headers.get("Date")
        return None if said is None else parsedate_to_datetime(said)

    def rows(self, label: str | None = None) -> list[dict[str, object]]:
        """Return the rows of a list of containers: of all, or of those with that label.

        What has another shape is refused: a stack is not gone because an answer is strange.
        """
        filters = {"label": [label]} if label else None
        answer: object = self.containers(all=True, filters=filters)
        if not isinstance(answer, list) or not all(map(_is_container, answer)):
            raise _strange("a list of containers")
        return answer

    def inspected(self, container_id: str) -> dict[str, object]:
        """Return the answer to an inspect."""
        answer: object = self.inspect_container(container_id)
        if not isinstance(answer, dict) or not _is_container(answer):
            raise _strange("a container")
        return answer

    def open_events(self, since: str | None, filters: str) -> requests.Response:
        """Return the open event stream.

        The SDK's own stream waits without limit for the engine to begin, and cannot be
        closed while it does.
        """
        url = f"{self.base_url}/v{self.api_version}/events"
        response = self.get(url, params={"since": since, "filters": filters}, stream=True)
        try:
            response.raise_for_status()
        except exceptions.HTTPError as refused:
            docker_errors.create_api_error_from_http_exception(refused)
        if "Content-Length" in response.headers:
            response.close()
            raise _strange("its events")
        return response


def _is_container(answer: object) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("Id"), str)


def _strange(what: str) -> errors.HostRefused:
    return errors.HostRefused(
        f"what answers is no Docker Engine: it was asked for {what} and answered something else",
        code="host-not-docker",
    )


def connect(way: ways.Way, *, limit: float) -> Client:
    """Return a client that speaks a version which the engine understands.

    Raises whatever the SDK raises, and HostRefused for an engine that is too old.
    """
    client = Client(way, limit=limit)
    try:
        client.speak(agreed(client.about()))
    except BaseException:
        client.close()
        raise
    return client


def agreed(answer: Mapping[str, object]) -> str:
    """Return the version of the API to speak with an engine that says this about itself."""
    newest, oldest = str(answer["ApiVersion"]), answer.get("MinAPIVersion")
    if version_lt(newest, API):
        raise errors.HostRefused(
            f"the Docker Engine is too old: it speaks API {newest}, and {API} is needed",
            code="host-too-old",
            hint="install Docker 20.10 or newer",
        )
    return oldest if isinstance(oldest, str) and version_lt(API, oldest) else API
