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
LONGEST = 5000  # letters; our own server writes no more
COMMENTS = 3  # comments inside one another


def is_authenticated(headers: Iterable[str], server: str, address: str) -> bool:
    """Did the server that we trust find that the author's domain vouches for the mail: DMARC passed for it, or, where
    it did not look at DMARC, a DKIM signature of that very domain did? In: the Authentication-Results headers from
    the top, the name of our own server, the author's address. Only the topmost header of that name counts: the
    sender may have written others below it."""
    for header in headers:
        readable = without_comments(header)
        name, _, results = readable.partition(";")
        if server and name.lower().split()[:1] == [server.lower()]:
            return (
                len(header) <= LONGEST and not set('()"') & set(readable) and is_vouched_for(results, address.lower())
            )
    return False


def without_comments(header: str) -> str:
    header = header[:LONGEST]
    for _ in range(COMMENTS):
        header = NOT_READ.sub(" ", header)
    return header


def is_vouched_for(results: str, address: str) -> bool:
    """Is it this address, and not only some address, that the results are about?"""
    domain = address.rpartition("@")[2]
    found = list(map(parse_result, results.split(";")))
    policy = [passed and about in (domain, address) for method, passed, about in found if method == "dmarc"]
    signed = any(passed and about == domain for method, passed, about in found if method == "dkim")
    return all(policy) if policy else signed


def parse_result(result: str) -> tuple[str, bool, str]:
    """One result ("dkim=pass header.d=example.org"): the method, whether it passed, and for whom."""
    found = RESULT.match(result)
    if not found:
        return "", False, ""
    properties = {name.lower(): value.lower() for name, value in PROPERTY.findall(result)}
    signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    method = found[1].lower()
    about = properties.get("header.from", "").removeprefix("@") if method == "dmarc" else signer
    return method, found[2].lower() == "pass", about
