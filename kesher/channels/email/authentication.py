"""Read from our mail server's results (RFC 8601) whether the sender's domain vouches for a mail (DMARC, DKIM).

A pass is worth a badge and an attested address. It does not say which person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Both may contain text from the sender (a mailbox with a semicolon), so neither is read.
NOT_READ = re.compile(r"\"(?:[^\"\\]|\\.)*\"|\([^()]*\)")
RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(r"([a-z]+\.[a-z0-9-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
LONGEST = 5000  # letters; our own server writes no more
COMMENTS = 3  # comments inside one another


def is_authenticated(headers: Iterable[str], server: str, address: str) -> bool:
    """Return whether our mail server's Authentication-Results say that the author's domain vouches for the mail.

    That is: DMARC passed for it, or, if DMARC was not checked, a DKIM signature of that very domain did. `headers` are
    the Authentication-Results headers from the top, `server` is the name of our own server, `address` the author's.
    Only the topmost header of that server counts: the sender may have written others below it.
    """
    for header in headers:
        readable = without_comments(header)
        name, _, results = readable.partition(";")
        if server and name.lower().split()[:1] == [server.lower()]:
            return (
                len(header) <= LONGEST and not set('()"') & set(readable) and is_vouched_for(results, address.lower())
            )
    return False


def without_comments(header: str) -> str:
    """Return an Authentication-Results header without its quoted strings and comments."""
    header = header[:LONGEST]
    for _ in range(COMMENTS):
        header = NOT_READ.sub(" ", header)
    return header


def is_vouched_for(results: str, address: str) -> bool:
    """Return whether DMARC passed for this address or its domain or, without a DMARC result, DKIM."""
    domain = address.rpartition("@")[2]
    found = list(map(parse_result, results.split(";")))
    policy = [passed and about in (domain, address) for method, passed, about in found if method == "dmarc"]
    signed = any(passed and about == domain for method, passed, about in found if method == "dkim")
    return all(policy) if policy else signed


def parse_result(result: str) -> tuple[str, bool, str]:
    """Return (method, passed, domain) of one result ("dkim=pass header.d=example.org")."""
    found = RESULT.match(result)
    if not found:
        return "", False, ""
    properties = {name.lower(): value.lower() for name, value in PROPERTY.findall(result)}
    signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    method = found[1].lower()
    about = properties.get("header.from", "").removeprefix("@") if method == "dmarc" else signer
    return method, found[2].lower() == "pass", about
