"""Requests of the docker SDK, sent straight to the connections of its adapter.

Sessions prepare each request with cookies, proxies, redirects and hooks, none of which an
engine knows: that takes longer than all the rest of a call. What is raised is what they raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import requests
from requests import exceptions
from requests.structures import CaseInsensitiveDict
from urllib3 import exceptions as urllib3_errors
from urllib3.util import Timeout

if TYPE_CHECKING:
    from collections.abc import Mapping


def send(
    adapter: Any, method: str, url: str, *, params: Mapping[str, Any] | None, seconds: float
) -> requests.Response:
    """Return the answer, its content not read yet.

    `seconds`: to connect, and between two pieces of the answer. Raises what requests raises.
    """
    parts = urlsplit(url)
    query = urlencode({key: value for key, value in (params or {}).items() if value is not None})
    try:
        raw = adapter.get_connection(url).urlopen(
            method,
            f"{parts.path}?{query}" if query else parts.path,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=Timeout(connect=seconds, read=seconds),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
    except urllib3_errors.ConnectTimeoutError as late:
        raise exceptions.ConnectTimeout(late) from late
    except urllib3_errors.ReadTimeoutError as late:
        raise exceptions.ReadTimeout(late) from late
    except (urllib3_errors.HTTPError, OSError) as lost:
        raise exceptions.ConnectionError(lost) from lost
    asked = requests.PreparedRequest()
    asked.method, asked.url = method, url
    response = requests.Response()
    response.request = asked
    response.status_code = raw.status
    response.reason = raw.reason
    response.headers = CaseInsensitiveDict(raw.headers)
    response.encoding = "utf-8"
    response.url = url
    response.raw = raw
    return response
