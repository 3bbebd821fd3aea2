"""Short codes for any keypad: digits, with a check digit that catches every single slip and every swap of neighbours.

Damm's algorithm (H. Michael Damm, 2004): a totally anti-symmetric quasigroup of order ten.
"""

from __future__ import annotations

import secrets

QUASIGROUP = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


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
    """A random code, not beginning with 0 (spreadsheets eat it)."""
    body = str(secrets.randbelow(9) + 1) + "".join(secrets.choice("0123456789") for _ in range(length - 2))
    return body + check_digit(body)
