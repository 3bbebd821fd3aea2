"""Short codes for any keypad: digits, with a check digit that catches every single slip and every swap of neighbours.

Damm's algorithm (H. Michael Damm, 2004): a totally anti-symmetric quasigroup of order ten.
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
    """The digit that makes ``digits`` a valid code."""
    interim = 0
    for digit in digits:
        interim = int(QUASIGROUP[interim][int(digit)])
    return str(interim)


def is_valid(code: str) -> bool:
    """Is the last digit the check digit of the rest?"""
    return code.isdecimal() and len(code) > 1 and check_digit(code) == "0"


def new_code(length: int = 5) -> str:
    """A random code, not beginning with 0 (spreadsheets eat it) and none of the examples."""
    while True:
        body = str(secrets.randbelow(9) + 1) + "".join(secrets.choice("0123456789") for _ in range(length - 2))
        if (code := body + check_digit(body)) not in EXAMPLES:
            return code
