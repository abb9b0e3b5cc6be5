"""dockschedd: starts and stops Docker Compose stacks on schedule.

Nothing may be imported here: the client imports `dockschedd.wire`, which runs this file.
"""
