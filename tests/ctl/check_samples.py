"""What a check of a host may find."""

from __future__ import annotations

from dockschedd.wire import hosts

CHECK = hosts.HostCheck(
    host="edge",
    ok=False,
    findings=tuple(
        hosts.HostFinding(step=step, outcome=outcome, message=message, hint=hint)
        for step, outcome, message, hint in (
            ("files", "warning", "the key /k can be read by everybody", "`chmod o= /k`"),
            ("name", "ok", "edge.example is 192.0.2.7", None),
            ("port", "ok", "port 22 answers", None),
            (
                "ssh-host-key",
                "failed",
                "the ssh host key of edge.example is not in /etc/dockschedd/known_hosts",
                "`ssh-keyscan -p 22 edge.example >> /etc/dockschedd/known_hosts`",
            ),
        )
    ),
)
