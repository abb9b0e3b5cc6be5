"""When a certificate holds, against those that cryptography makes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core.fleet import Endpoint
from dockschedd.hosts import tls, x509

AUTHORITY = trustme.CA()


@given(
    begins=st.datetimes(datetime(1950, 1, 1), datetime(2070, 1, 1)),  # noqa: DTZ001 - made aware below
    lasts=st.timedeltas(timedelta(seconds=1), timedelta(days=80_000)),
)
def test_both_ends_are_read_to_the_second(begins: datetime, lasts: timedelta) -> None:
    """Also those that need four digits for the year, from 2050 on."""
    begins = begins.replace(microsecond=0, tzinfo=UTC)
    ends = (begins + lasts).replace(microsecond=0) + timedelta(seconds=1)
    pem = AUTHORITY.issue_cert("h", not_before=begins, not_after=ends).cert_chain_pems[0]

    assert x509.validity(ssl.PEM_cert_to_DER_cert(pem.bytes().decode())) == (begins, ends)


@given(st.binary(max_size=200) | st.integers(0, 400).map(lambda n: DER[:n]))
def test_what_is_no_certificate_is_said(data: bytes) -> None:
    """Never anything but ValueError, however it is cut."""
    with pytest.raises(ValueError, match=r"."):
        x509.validity(data[:100])


DER = ssl.PEM_cert_to_DER_cert(AUTHORITY.cert_pem.bytes().decode())


@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN CERTIFICATE-----\n!\n"])
def test_a_file_without_certificate_tells_nothing(tmp_path: Path, text: str) -> None:
    """That it cannot be used shows when it is used."""
    path = tmp_path / "c.pem"
    path.write_text(text)

    for each in (str(path), "/nonexistent"):
        endpoint = Endpoint(url="tcp://h:1", tls_cert=each, tls_key=each)
        assert tls.own_certificate(endpoint) is None
