"""The dates of calendars: from the command line, from plain text, and from iCalendar files.

Pure; all that is wrong with a text is told at once, with its lines.
"""
