"""The API: one table of routes, thin handlers that call core and the ports, one error shape."""

from __future__ import annotations

import os

# While it is imported, aiohttp makes the TLS context of its client and reads every certificate
# authority that this machine trusts: 50 ms and 2 MB at the start, for a client that the
# server does not have. OpenSSL asks this variable where they are (SSL_CERT_FILE in
# openssl-env(7)); it is put back at once, for whoever makes a context of their own.
_before = os.environ.get("SSL_CERT_FILE")
os.environ["SSL_CERT_FILE"] = os.devnull
try:
    import aiohttp  # noqa: F401
finally:
    if _before is None:
        del os.environ["SSL_CERT_FILE"]
    else:
        os.environ["SSL_CERT_FILE"] = _before
