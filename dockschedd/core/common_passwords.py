"""Passwords of twelve and more characters that are tried first.

A small set of its own making, and the patterns behind the long lists: repetitions, sequences,
and one well-known word with digits around it. It replaces no large list; it never lets the
obvious ones through.
"""

from __future__ import annotations

import re
from typing import Final

#: Fewer different characters than this are no password, whatever its length.
_FEWEST_DIFFERENT = 5

#: Rows that fingers run along; read in both directions and around the end.
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1234567890",
    "qwertyuiop",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiop",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiop",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgbyhnujm",
    "1a2b3c4d5e6f7g8h9i0j",
    "a1b2c3d4e5f6g7h8i9j0",
    "q1w2e3r4t5y6u7i8o9p0",
)

#: Words that stay common whatever digits and signs stand before and after them.
_WORDS: Final = frozenset(
    """
    abc access account admin adminadmin administrateur administrator adminpassword adminroot
    alpine backup baseball batman berlin changeit changeme changemenow changemeplease
    changepassword changethis company compose computer correcthorse
    correcthorsebatterystaple database debian default defaultpassword docker dockeradmin
    dockercompose dockerpassword dockschedd dragon enter football freedom google guest hello
    helloworld hunter iloveyou internet jordan kennwort letmein letmeinnow letmeinplease
    linux login loginlogin london manager master masterkey masterpassword michael microsoft
    monkey mypassword mysecretpassword newpassword nopassword operator pass passphrase passw
    passwd password passwordadmin passwordpassword passwort postgres princess private
    production public qwerty qwertypassword raspberry root rootpassword rootroot secret
    secretpassword security server service shadow sommer starwars summer sunshine superman
    superpassword supersecret supersecretpassword superuser support sysadmin system
    systemadmin temporary temppassword test tester testing testpassword testtest
    thisisapassword toor trustno ubuntu unknown user username userpassword welcome
    welcomehome whatever winter wordpass yourpassword
    """.split()  # noqa: SIM905  a list of words is read as words
)

#: What people write for letters.
_LEET: Final = str.maketrans("04135$@!7", "oaiessait")

_AROUND: Final = re.compile(r"^[^a-z]+|[^a-z]+$")
_REPEATED: Final = re.compile(r"(.+?)\1+", re.DOTALL)


def is_common(password: str) -> bool:
    """Return whether it is one of those that are tried first; case does not matter.

    Says nothing about length.
    """
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT or _REPEATED.fullmatch(folded):
        return True
    bare = _AROUND.sub("", folded)
    spelled = {bare, bare.translate(_LEET), _AROUND.sub("", folded.translate(_LEET))}
    if spelled & _WORDS or re.sub(r"[^a-z]", "", folded) in _WORDS:
        return True
    return _runs_along_a_row(folded)


def _runs_along_a_row(folded: str) -> bool:
    for row in _ROWS:
        around = row * (len(folded) // len(row) + 2)
        if folded in around or folded in around[::-1]:
            return True
    return False
