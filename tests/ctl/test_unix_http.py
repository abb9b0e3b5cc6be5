"""Our HTTP over a Unix socket, beside the standard library's as the oracle."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from dockschedctl import unix_http
from dockschedctl.unix_http import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1 << 20
BODIES = st.binary(max_size=300)


class Feed(io.RawIOBase):
    """A socket that gives what it has in pieces of a given size."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = self._data[: min(self._size, len(buffer))]
        self._data = self._data[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


class _Sock:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._data)


def ours(data: bytes, size: int = 1 << 16) -> tuple[int, bytes]:
    response = unix_http.Response(io.BufferedReader(Feed(data, size)), method="GET")
    return response.status, response.read(LIMIT)


def theirs(data: bytes) -> tuple[int, bytes]:
    response = http.client.HTTPResponse(_Sock(data), method="GET")
    response.begin()
    return response.status, response.read()


@st.composite
def answers(draw) -> tuple[bytes, bool]:
    """Answers of the kinds that servers send, and whether they are whole or cut off."""
    body = draw(BODIES)
    status = draw(st.sampled_from([b"200 OK", b"202 Accepted", b"404", b"503 x y", b"204 None"]))
    kinds = ["close"] if status.startswith(b"204") else ["length", "chunked", "close"]
    kind = draw(st.sampled_from(kinds))
    head = b"HTTP/1.1 " + status + b"\r\n"
    if draw(st.booleans()):
        head = b"HTTP/1.1 100 Continue\r\n\r\n" + head
    head += draw(st.sampled_from([b"", b"X-Thing: a: b\r\n", b"content-type:text/plain\r\n"]))
    match kind:
        case "length":
            whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        case "chunked":
            pieces = [body[i : i + 40] for i in range(0, len(body), 40)]
            ext = draw(st.sampled_from([b"", b";a=b"]))
            chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(p), ext, p) for p in pieces)
            trailer = draw(st.sampled_from([b"", b"X-Trailer: 1\r\n"]))
            whole = (
                head
                + b"Transfer-Encoding: chunked\r\n\r\n"
                + chunks
                + b"0\r\n"
                + trailer
                + b"\r\n"
            )
        case _:
            whole = head + b"\r\n" + body
    cut = draw(st.integers(min_value=0, max_value=len(whole)) | st.just(len(whole)))
    return whole[:cut], cut == len(whole)


@given(answers(), st.integers(min_value=1, max_value=64))
def test_what_the_standard_library_reads_we_read_the_same(answer, size: int) -> None:
    """Same status and body, however the network cuts it.

    An answer that ends too early is an error to us, also where the library takes what there is.
    """
    data, whole = answer
    try:
        found = ours(data, size)
    except (MalformedError, ConnectionError):
        assert not whole
        return
    assert found == theirs(data)


@given(st.binary(max_size=200) | st.binary(max_size=100).map(b"HTTP/1.1 200 OK\r\n".__add__))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
@example(b"HTTP/1.1 ")
@example(b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * 1000)
def test_nonsense_is_refused_and_never_crashes(data: bytes) -> None:
    """Nothing but the declared errors is raised, whatever comes."""
    with contextlib.suppress(MalformedError, ConnectionError):
        ours(data)


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b""))))
def test_lines_come_whole_wherever_chunks_are_cut(lines: list[bytes]) -> None:
    """Lines are split at line feeds only, with or without a carriage return before."""
    body = b"".join(line + (b"\r\n" if i % 2 else b"\n") for i, line in enumerate(lines))
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(p), p) for p in (body[i : i + 3] for i in range(0, len(body), 3))
    )
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    response = unix_http.Response(io.BufferedReader(Feed(data, 5)), method="GET")

    assert list(response.lines()) == lines


def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    """Reading stops shortly after the limit, and the connection is not used again."""
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000000
    response = unix_http.Response(io.BufferedReader(Feed(data, 1 << 16)), method="GET")

    assert 1000 < len(response.read(1000)) < 200000
    assert not response.reusable


@pytest.fixture
def peer(tmp_path) -> Iterator[tuple[str, list[bytes], list[bytes]]]:
    """A socket that answers each connection's requests from a list, and keeps what it was sent."""
    path, got, answers_ = str(tmp_path / "x.sock"), [], []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    while answers_:
                        got.append(connection.recv(65536))
                        connection.sendall(answers_.pop(0))

        thread = threading.Thread(target=serve)
        thread.start()
        yield path, got, answers_
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as waker:
            waker.connect(path)
        thread.join(5)


def test_one_connection_carries_several_requests(peer) -> None:
    """As long as the server keeps it; a request says its length and the local host name."""
    path, got, answers_ = peer
    answers_ += [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ]
    connection = unix_http.Connection(path, 5)
    connection.connect()
    first = connection.exchange("POST", "/x", b"{}", {"A": "b"})
    assert (first.status, first.read(LIMIT)) == (200, b"ok")
    assert connection.is_open
    second = connection.exchange("POST", "/v1/y", None, {})
    assert (second.status, second.read(LIMIT)) == (204, b"")
    assert not connection.is_open
    connection.close()

    assert got == [
        b"POST /x HTTP/1.1\r\nHost: local-dockschedd.sock\r\nA: b\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/y HTTP/1.1\r\nHost: local-dockschedd.sock\r\nContent-Length: 0\r\n\r\n",
    ]


def test_a_header_cannot_smuggle_another(peer) -> None:
    """A token with a line break in it is never sent."""
    path, got, _ = peer
    connection = unix_http.Connection(path, 5)
    connection.connect()
    with pytest.raises(MalformedError):
        connection.exchange("GET", "/", None, {"Authorization": "Bearer x\r\nEvil: yes"})
    connection.close()

    assert got == []
