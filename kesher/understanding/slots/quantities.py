"""Find dates, hours, amounts of money, counts and a person's own name in a message."""

from __future__ import annotations
