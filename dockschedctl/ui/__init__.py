"""The full-screen terminal UI: state that is pure, a feed that fills it, and screens that show it.

Imported by `dockschedctl ui` alone.
"""
