"""Did the domain in From really send this mail? What our own mail server found (RFC 8601), and nobody else's word.

A pass is worth a badge and an attested address; it does not say which person sat at the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Words of the sender may stand in both (a mailbox with a semicolon in it), so neither is read.
NOT_READ = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\([^()]*\)")
RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(r"([a-z]+\.[a-z0-9-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)


def is_authenticated(headers: Iterable[str], server: str, address: str) -> bool:
    """Did the server that we trust find that the author's domain vouches for the mail: DMARC passed for it, or, where
    it did not look at DMARC, a DKIM signature of that very domain did? In: the Authentication-Results headers from
    the top, the name of our own server, the author's address. Only the topmost header of that name counts: the
    sender may have written others below it."""
    domain = address.rpartition("@")[2].lower()
    for header in headers:
        name, _, results = NOT_READ.sub(" ", header).partition(";")
        if server and name.split()[:1] == [server]:
            found = list(map(verdict, results.split(";")))
            policy = [passed and vouched in ("", domain) for method, passed, vouched in found if method == "dmarc"]
            signed = any(passed and vouched == domain for method, passed, vouched in found if method == "dkim")
            return all(policy) if policy else signed
    return False


def verdict(result: str) -> tuple[str, bool, str]:
    """One result ("dkim=pass header.d=example.org"): the method, whether it passed, and for which domain."""
    found = RESULT.match(result)
    if not found:
        return "", False, ""
    properties = {name.lower(): value.lower() for name, value in PROPERTY.findall(result)}
    signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    method = found[1].lower()
    return method, found[2].lower() == "pass", properties.get("header.from", "") if method == "dmarc" else signer
