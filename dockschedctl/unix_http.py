"""HTTP/1.1 over a Unix socket, as much of it as a dockschedd on the other end speaks.

The standard library's client takes 20 ms to import, most of it for mail headers and TLS, and
nearly every command of ours goes over this socket. tests/ctl compares the two.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from dockschedd.wire import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BufferedReader

_LONGEST_LINE: Final = 65536
_MOST_HEADERS: Final = 200
_PIECE: Final = 65536


class MalformedError(Exception):
    """What came is not HTTP, or ended too early."""


class Headers:
    """Header fields; names in any case."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def get(self, name: str) -> str | None:
        """Return the value of a field; None where there is none."""
        return self._fields.get(name.lower())


class Response:
    """One answer; its body is read once, as a whole or line by line."""

    def __init__(self, file: BufferedReader, *, method: str) -> None:
        self._file = file
        self.status, fields = _head(file)
        self.headers = Headers(fields)
        chunked = fields.get("transfer-encoding", "").lower() == "chunked"
        length = fields.get("content-length")
        empty = method == "HEAD" or self.status in (204, 304)
        self._pieces: Iterator[bytes]
        if chunked and not empty:
            self._pieces = _chunks(file)
        elif length is not None or empty:
            self._pieces = _counted(file, 0 if empty else _number(length or "", 10))
        else:
            self._pieces = _until_closed(file)
        bounded = chunked or length is not None or empty
        #: Whether another request may follow on the connection once the body is read.
        self.reusable = bounded and fields.get("connection", "").lower() != "close"

    def read(self, limit: int) -> bytes:
        """Return the body; a body that is longer is cut off somewhere beyond the limit."""
        found: list[bytes] = []
        size = 0
        for piece in self._pieces:
            found.append(piece)
            size += len(piece)
            if size > limit:
                self.reusable = False
                break
        return b"".join(found)

    def lines(self) -> Iterator[bytes]:
        """Yield the body's lines as they come, without their ends; a rest without one is lost."""
        rest = b""
        for piece in self._pieces:
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r")


class Connection:
    """A connection to one socket, for one request at a time."""

    def __init__(self, path: str, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._file: BufferedReader | None = None
        self._last: Response | None = None

    def connect(self) -> None:
        """Open it; raises OSError."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._timeout)
            connection.connect(self._path)
        except BaseException:
            connection.close()
            raise
        self._socket = connection
        self._file = connection.makefile("rb")

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent on it."""
        return self._socket is not None and (self._last is None or self._last.reusable)

    def exchange(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        """Send a request and return the beginning of its answer.

        Raises OSError and MalformedError; ConnectionError where nothing was answered at all.
        """
        assert self._socket is not None
        assert self._file is not None
        fields = {"Host": paths.LOCAL_HOST, **headers}
        if body is not None or method not in ("GET", "HEAD"):
            fields["Content-Length"] = str(len(body or b""))
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise MalformedError("a header field holds a line break")
        head = "\r\n".join((*lines, "", "")).encode("latin-1")
        self._socket.sendall(head + (body or b""))
        self._last = Response(self._file, method=method)
        return self._last

    def abort(self) -> None:
        """End it under whoever reads from it in another thread."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it."""
        if self._file is not None:
            self._file.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._file = None


def _head(file: BufferedReader) -> tuple[int, dict[str, str]]:
    """Return status and fields; interim answers (1xx) are passed over."""
    first = file.readline(_LONGEST_LINE)
    if not first:
        raise ConnectionResetError("the connection was closed without an answer")
    version, _, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not first.endswith(b"\n"):
        raise MalformedError("it does not speak HTTP")
    status = _number(rest[:3].decode("latin-1"), 10)
    fields: dict[str, str] = {}
    while (line := _line(file)) != "":
        name, colon, value = line.partition(":")
        if not colon or len(fields) >= _MOST_HEADERS:
            raise MalformedError("its header cannot be read")
        fields[name.strip().lower()] = value.strip()
    return _head(file) if status < 200 else (status, fields)  # noqa: PLR2004 (RFC 9110)


def _line(file: BufferedReader) -> str:
    line = file.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise MalformedError("its answer ends too early")
    return line.decode("latin-1").rstrip("\r\n")


def _number(text: str, base: int) -> int:
    digits = text.strip()
    if digits.isascii() and digits.isalnum():
        with suppress(ValueError):
            return int(digits, base)
    raise MalformedError(f"`{text[:40]}` is not a number")


def _counted(file: BufferedReader, length: int) -> Iterator[bytes]:
    while length:
        piece = file.read1(min(length, _PIECE))
        if not piece:
            raise MalformedError("its answer ends too early")
        length -= len(piece)
        yield piece


def _until_closed(file: BufferedReader) -> Iterator[bytes]:
    while piece := file.read1(_PIECE):
        yield piece


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    """Yield the chunks' content as it comes (RFC 9112, section 7.1); trailers are dropped."""
    while size := _number(_line(file).partition(";")[0], 16):
        yield from _counted(file, size)
        if _line(file):
            raise MalformedError("a chunk is longer than it says")
    while _line(file):
        pass
