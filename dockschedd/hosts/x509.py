"""When a certificate holds, read from its DER encoding.

The standard library tells this of a peer's certificate only, and cryptography would cost the
daemon 10 MB. RFC 5280, section 4.1:

    Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version OPTIONAL, serialNumber,
        signature, issuer, validity SEQUENCE { notBefore, notAfter }, … }, … }
"""

from __future__ import annotations

from datetime import UTC, datetime

_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
#: serialNumber, signature and issuer.
_BEFORE_VALIDITY = 3
_LONG = 0x80


def validity(der: bytes) -> tuple[datetime, datetime]:
    """Return notBefore and notAfter. Raises ValueError for what is no certificate."""
    body = _inside(_inside(der))
    tag, _, rest = _element(body)
    if tag == _VERSION:
        body = rest
    for _ in range(_BEFORE_VALIDITY):
        body = _element(body)[2]
    times = _inside(body)
    tag, before, times = _element(times)
    begins = _instant(tag, before)
    tag, after, _ = _element(times)
    return begins, _instant(tag, after)


def _inside(data: bytes) -> bytes:
    tag, content, _ = _element(data)
    if tag != _SEQUENCE:
        raise ValueError("this is no certificate")
    return content


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Return tag and content of the first element, and what comes after it."""
    if len(data) < 2:  # noqa: PLR2004 - tag and length
        raise ValueError("the certificate is cut short")
    tag, length, start = data[0], data[1], 2
    if length >= _LONG:
        count = length - _LONG
        length = int.from_bytes(data[2 : 2 + count])
        start += count
    end = start + length
    if end > len(data):
        raise ValueError("the certificate is cut short")
    return tag, data[start:end], data[end:]


def _instant(tag: int, text: bytes) -> datetime:
    if tag not in {_UTC_TIME, _GENERALIZED_TIME}:
        raise ValueError("this is no certificate")
    # RFC 5280: seconds and Z are always there.
    form = "%y%m%d%H%M%SZ" if tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    at = datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)
    # Two digits from 50 on are of the last century; strptime begins that at 69.
    return at.replace(year=at.year - 100) if tag == _UTC_TIME and at.year >= 2050 else at  # noqa: PLR2004
