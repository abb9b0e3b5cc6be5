"""What keeps a connection to an engine from being made."""

from __future__ import annotations


class Trouble(Exception):
    """Why there is no connection; the engine has done nothing.

    It is no OSError, so that urllib3 and requests let it pass as it is.
    """

    def __init__(self, code: str, said: str, *, hint: str | None = None) -> None:
        self.code = code
        #: Completes "cannot reach the Docker Engine of `x`: …".
        self.said = said
        self.hint = hint
        super().__init__(said)

    def copy(self) -> Trouble:
        """Return one to be raised elsewhere, without what was raised before."""
        return Trouble(self.code, self.said, hint=self.hint)


def wants_tls() -> Trouble:
    """Return that what answers speaks TLS, and was not spoken to in TLS."""
    return Trouble(
        "host-speaks-tls",
        "what answers wants TLS, and plain_tcp is set",
        hint="give tls_ca, tls_cert and tls_key in place of plain_tcp",
    )
