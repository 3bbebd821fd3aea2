"""Dataclass `Address`: a person's telephone number, e-mail address or account on a channel, for every layer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a person: ``scheme`` is one of tel, mailto, wa, wa-bsuid, tg, fb, ig, matrix, ap, at, web.

    A phone number is always ``tel`` in E.164 ("+972501234567"), whichever channel carried it.
    """

    scheme: str
    address: str
    display: str = ""
