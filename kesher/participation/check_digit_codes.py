"""Draw and check short numeric codes of petitions and contests, with a check digit.

The last digit is a check digit by Damm's algorithm (H. Michael Damm, 2004: a totally anti-symmetric quasigroup of order
ten). It catches every single wrong digit and every swap of two neighbours.
"""

from __future__ import annotations

import secrets

QUASIGROUP = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip

# The demo's codes with a true check digit: never drawn, so that no random code takes one before the demo is loaded.
EXAMPLES = frozenset(["20759", "36480", "52106", "52712", "53215", "54325", "55431", "64906", "81534"])


def check_digit(digits: str) -> str:
    """Return the check digit that makes ``digits`` a valid action code when appended."""
    interim = 0
    for digit in digits:
        interim = int(QUASIGROUP[interim][int(digit)])
    return str(interim)


def is_valid(code: str) -> bool:
    """Return whether the last digit of an action's code is the check digit of the others."""
    return code.isdecimal() and len(code) > 1 and check_digit(code) == "0"


def new_code(length: int = 5) -> str:
    """Return a random action code of this many digits, with check digit, that does not begin with 0.

    Spreadsheets drop a leading 0.
    """
    while True:
        body = str(secrets.randbelow(9) + 1) + "".join(secrets.choice("0123456789") for _ in range(length - 2))
        if (code := body + check_digit(body)) not in EXAMPLES:
            return code
