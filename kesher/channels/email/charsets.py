"""Bytes and header words to text, whatever their sender believed about charsets. Pure; nothing here raises."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re

# What senders call a charset -> the codec that reads what they really send. Outlook says iso-8859-8-i and writes
# windows-1255, of which it is a part.
ALIASES = {
    "iso-8859-8": "windows-1255",
    "iso-8859-8-i": "windows-1255",
    "iso-8859-8-e": "windows-1255",
    "logical": "windows-1255",
    "dos-862": "cp862",
    "iso-8859-6-i": "iso-8859-6",
    "ks_c_5601-1987": "cp949",
    "unicode-1-1-utf-7": "utf-7",
}
# Codecs that Python counts as text and no mail is written in; the first two take quadratic time.
REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
FALLBACKS = ("utf-8", "windows-1255")

ENCODED = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000})\?=")
RUN = re.compile(r"(?:=\?[^?\s]{1,61}\?[bBqQ]\?[^?]{0,2000}\?=)+")
BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")
FOLD = re.compile(r"[\r\n]+[ \t]*")


def decode(raw: bytes, charset: str = "") -> str:
    """Text from bytes: in the charset they name, or else in what they are likeliest to be."""
    named = ALIASES.get(charset.strip().lower(), charset.strip())
    for name in (named, *FALLBACKS):
        try:
            if codecs.lookup(name).name.replace("-", "_") not in REFUSED:
                return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("utf-8", "replace")


def header_text(value: str) -> str:
    """A header's value as people read it: unfolded, encoded words (RFC 2047) decoded, raw 8-bit letters too."""
    line = FOLD.sub(" ", value)
    if not line.isascii():
        line = decode(line.encode("utf-8", "surrogateescape")) if encodable(line) else line
    return RUN.sub(decoded_run, BETWEEN.sub("", line)).strip()


def encodable(line: str) -> bool:
    """Is every surrogate in it one that stands for a raw byte?"""
    return not re.search("[\ud800-\udc7f\udd00-\udfff]", line)


def decoded_run(run: re.Match[str]) -> str:
    """A row of encoded words as text. Bytes are joined first: broken senders cut a letter between two words."""
    pieces: list[tuple[str, bytes]] = []
    for charset, form, content in ENCODED.findall(run[0]):
        piece = content_bytes(content, form.lower())
        if pieces and pieces[-1][0] == charset.lower():
            piece = pieces.pop()[1] + piece
        pieces.append((charset.lower(), piece))
    return "".join(decode(piece, charset) for charset, piece in pieces)


def content_bytes(content: str, form: str) -> bytes:
    """The bytes of one encoded word; what cannot be decoded stays as it is written."""
    written = content.encode("utf-8", "replace")
    if form == "q":
        return quopri.decodestring(written, header=True)
    try:
        return binascii.a2b_base64(written + b"=" * (-len(written) % 4))
    except binascii.Error:
        return written
