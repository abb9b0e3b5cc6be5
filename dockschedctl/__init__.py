"""dockschedctl: the client of dockschedd, for scripts and for people over ssh.

Of the daemon it sees `dockschedd.wire` and nothing else. Nothing may be imported here: each
command imports what it needs, so that it answers before anybody notices. Values are msgspec
structs here too: defining a dataclass takes 1 ms, a struct a hundredth of that.
"""
