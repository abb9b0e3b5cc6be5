"""Certificates for engines and their clients, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from dockschedd.core.fleet import Endpoint

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    cert: str
    key: str


class Authority:
    """A certificate authority with its files in a directory."""

    def __init__(self, directory: Path, name: str = "ca") -> None:
        self._authority = trustme.CA()
        self._directory = directory
        self.name = name
        self.ca = str(directory / f"{name}.pem")
        self._authority.cert_pem.write_to_path(self.ca)

    def issue(
        self,
        name: str,
        *identities: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Pair:
        """Write a certificate for these names and addresses; files of that name are replaced."""
        made = self._authority.issue_cert(
            *(identities or (name,)), not_before=not_before, not_after=not_after
        )
        pair = Pair(
            str(self._directory / f"{self.name}-{name}.crt"),
            str(self._directory / f"{self.name}-{name}.key"),
        )
        made.cert_chain_pems[0].write_to_path(pair.cert)
        made.private_key_pem.write_to_path(pair.key)
        Path(pair.key).chmod(0o600)
        return pair

    def endpoint(self, url: str, own: Pair | None) -> Endpoint:
        """Return a host whose certificate this authority signs."""
        return Endpoint(
            url=url,
            tls_ca=self.ca,
            tls_cert=own.cert if own else None,
            tls_key=own.key if own else None,
        )

    def options(self, server: Pair, port: int) -> tuple[str, ...]:
        """Return what makes dockerd listen with TLS as well, to clients of this authority."""
        return (
            f"--host=tcp://127.0.0.1:{port}",
            "--tlsverify",
            f"--tlscacert={self.ca}",
            f"--tlscert={server.cert}",
            f"--tlskey={server.key}",
        )
