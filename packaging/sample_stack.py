"""The stack that the quick start plays with: three services, as Compose would have them.

Its image is made of a static busybox; a registry is asked only where there is none.
"""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import engine
import supplies

if TYPE_CHECKING:
    from pathlib import Path

SERVICES = ("db", "app", "web")

#: Obeys SIGTERM at once; Compose reads `$$` as `$`.
_OBEDIENT = 'trap "exit 0" TERM; while :; do /bin/busybox sleep 1000 & wait $$!; done'

COMPOSE_FILE = """\
x-service: &service
  image: {image}
  pull_policy: never
  network_mode: none
  command: ["/bin/busybox", "sh", "-c", {command}]
services:
  db:
    <<: *service
    healthcheck: {{test: ["CMD", "/bin/busybox", "true"], interval: 1s, retries: 5}}
  app:
    <<: *service
    depends_on: {{db: {{condition: service_healthy}}}}
    healthcheck: {{test: ["CMD", "/bin/busybox", "true"], interval: 1s, retries: 5}}
  web:
    <<: *service
    depends_on: {{app: {{condition: service_healthy}}}}
"""


def compose_file(image: str) -> str:
    """Return what `docker compose` reads."""
    return COMPOSE_FILE.format(image=image, command=json.dumps(_OBEDIENT))


def make_image(engine_url: str, image: str, directory: Path) -> None:
    """Make the image; what that needs is put into `directory`."""
    busybox = supplies.static_busybox(directory)
    if busybox is None:
        if not engine.pull(engine_url, "busybox", "stable-musl", as_name=image):
            raise supplies.Stopped(
                "no static busybox to make a sample image of, and none can be pulled",
                "apt-get install busybox-static",
            )
        return
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(busybox, "bin/busybox")
    engine.import_image(engine_url, image, buffer.getvalue())
