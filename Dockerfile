# dockschedd in a container; packaging/compose.yaml shows how to run it.
#
#   docker build -t dockschedd .
#   docker build -t dockschedd --build-arg BASE=my-python .   any image with Python 3.11+, venv
#                                                             and useradd
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
WORKDIR /src
COPY packaging/constraints.txt packaging/
COPY packaging/man packaging/man
COPY pyproject.toml README.md LICENSE schema.sql ./
COPY dockschedd dockschedd
COPY dockschedctl dockschedctl
RUN python3 -m venv /opt/dockschedd \
    && /opt/dockschedd/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
       -c packaging/constraints.txt '.[postgres]' \
    && /opt/dockschedd/bin/python -m pip uninstall --yes --quiet pip setuptools

FROM ${BASE}
# A fixed id, so that the owner of a volume stays the same from image to image.
RUN groupadd --gid 10001 dockschedd \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/dockschedd --no-create-home \
       --shell /usr/sbin/nologin dockschedd \
    && install -d -o dockschedd -g dockschedd -m 0700 /var/lib/dockschedd \
    && install -d -o dockschedd -g dockschedd -m 0755 /run/dockschedd
COPY --from=build /opt/dockschedd /opt/dockschedd
ENV PATH=/opt/dockschedd/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DOCKSCHEDD_STATE_DIR=/var/lib/dockschedd \
    DOCKSCHEDD_SOCKET=/run/dockschedd/dockschedd.sock \
    DOCKSCHEDCTL_SERVER=unix:///run/dockschedd/dockschedd.sock
USER dockschedd
VOLUME /var/lib/dockschedd
# Longer than shutdown_grace_seconds is up to whoever stops it: docker stop --time 40.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 \
    CMD ["dockschedctl", "status", "-o", "name"]
ENTRYPOINT ["dockschedd", "run"]
