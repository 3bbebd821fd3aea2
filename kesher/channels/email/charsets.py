"""Decode a mail's bytes and header words, even if the sender names a wrong charset. Nothing here raises.

A damaged letter costs only that letter. The named charset is ignored only if it makes almost nothing readable, or if
the whole text is UTF-8.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re

# The sender's name of a charset -> the codec of what they really send. Outlook says iso-8859-8-i and writes
# windows-1255, a superset; most names mean a smaller set than what is sent under them (WHATWG).
ALIASES = {
    "iso-8859-8": "windows-1255",
    "iso-8859-8-i": "windows-1255",
    "iso-8859-8-e": "windows-1255",
    "logical": "windows-1255",
    "visual": "windows-1255",
    "dos-862": "cp862",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "koi8-ru": "koi8-u",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "utf8": "utf-8",
    "unicode": "utf-16",
}
# Text codecs of Python that no mail uses; the first two take quadratic time.
REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
# What programs write if they do not know the charset: valid UTF-8 is a better guess.
CARELESS = frozenset({"ascii", "cp1252", "cp1254", "iso8859-15"})
# One-byte charsets, in which a run of valid UTF-8 letters is no accident.
ONE_BYTE = re.compile(r"cp125[0-8]|iso8859-\d+|koi8-[rut]|mac-\w+")
LETTER = rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
UTF8_RUN = re.compile(rb"((?:" + LETTER + rb"[\t\n\r -~]{0,4}){3,})")
HIGH = re.compile(rb"[\x80-\xff]+")
# Hebrew and Russian in one-byte charsets: bytes E0 to FA are letters of both. In Hebrew no word begins with
# C0 to DF (vowel points), none has a final letter in its middle, and FB to FF and the Russian Yo are no letters. Many
# Russian words could be Hebrew, hardly a Hebrew one could only be Russian: a third of such words decides.
WORD = re.compile(rb"[\xa8\xb8\xc0-\xff]{2,}")
RUSSIAN = re.compile(rb"\A[\xc0-\xdf]|[\xa8\xb8]|[\xfb\xfc\xff]|[\xea\xed\xef\xf3\xf5][\xe0-\xfa]")
META = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
META_IN = 2048  # bytes; browsers look no further
LOOKED_AT = 20_000  # bytes that are examined to guess a charset

ENCODED = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000})\?=")
RUN = re.compile(r"(?:=\?[^?\s]{1,61}\?[bBqQ]\?[^?]{0,2000}\?=)+")
BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?)")
FOLD = re.compile(r"[\r\n]+[ \t]*")
NOT_RAW = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def decode(raw: bytes, charset: str = "") -> str:
    """Return the text in these bytes, read in the declared charset, or in the likeliest one if that fails."""
    codec = codec_of(charset)
    if codec in CARELESS and not is_western(raw):
        codec = ""
    if raw.isascii() and codec in ("", "ascii", "utf-8", *CARELESS):
        return raw.decode("ascii")
    if codec not in ("", "utf-8") and is_utf8(raw, codec):
        return raw.decode("utf-8-sig")
    text = decode_mixed(raw, codec) if codec else ""
    return text if codec and not is_mostly_lost(text) else decode_guessed(raw)


def charset_in_html(raw: bytes) -> str:
    """Return the charset that an HTML page declares in its own markup; "" if none."""
    found = META.search(raw[:META_IN])
    return found[1].decode("ascii") if found else ""


def codec_of(charset: str) -> str:
    """Return the name of Python's codec for a charset; "" for an unknown one, or one that no mail is written in."""
    name = charset.strip().strip("'\"").lower()
    try:
        codec = codecs.lookup(ALIASES.get(name, name))
        known = codec.name.replace("-", "_") not in REFUSED and b"".decode(codec.name) == ""
        return codec.name if known else ""
    except (LookupError, ValueError):
        return ""


def is_western(raw: bytes) -> bool:
    """Return whether the bytes look like a Western European language: accented letters stand alone."""
    runs = HIGH.findall(raw[:LOOKED_AT])
    return sum(len(run) > 2 for run in runs) * 2 <= len(runs)


def is_utf8(raw: bytes, codec: str) -> bool:
    """Return whether bytes that are declared as another charset are really UTF-8.

    Two letters may look so by accident.
    """
    if codec not in CARELESS and not ONE_BYTE.fullmatch(codec):
        return False
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return codec in CARELESS or sum(not letter.isascii() for letter in text[:LOOKED_AT]) >= 3


def decode_mixed(raw: bytes, codec: str) -> str:
    """Return text in the named charset, with runs of UTF-8 in it decoded as such.

    A mailing program may add its own line to what a person wrote.
    """
    pieces = UTF8_RUN.split(raw) if ONE_BYTE.fullmatch(codec) else [raw]
    read = [piece.decode("utf-8" if n % 2 else codec, "replace") for n, piece in enumerate(pieces)]
    return "".join(read).removeprefix("\ufeff")


def is_mostly_lost(text: str) -> bool:
    """Return whether most non-ASCII letters could not be decoded (are replacement characters)."""
    lost = text.count("\ufffd")
    return lost > 0 and lost * 2 > len(text) - len(text.encode("ascii", "ignore"))


def decode_guessed(raw: bytes) -> str:
    """Return the text in bytes whose charset nobody declared, read in the likeliest one."""
    text = raw.decode("utf-8-sig", "replace")
    return decode_mixed(raw, guess_codec(raw)) if is_mostly_lost(text) else text


def guess_codec(raw: bytes) -> str:
    """Return the likeliest one-byte codec of these bytes, a Hebrew or a Russian one."""
    words = WORD.findall(raw[:LOOKED_AT])
    russian = sum(RUSSIAN.search(word) is not None for word in words)
    if russian * 3 < len(words) or not words:
        return "cp1255"
    letters = b"".join(words)
    # Small letters, which are more frequent, are in the lower half in KOI8-R and in the upper half in windows-1251.
    return "koi8-r" if sum(letter < 0xE0 for letter in letters) * 2 > len(letters) else "cp1251"


def header_text(value: str) -> str:
    """Return a header's value as people read it: unfolded and decoded (RFC 2047), raw 8-bit letters too."""
    line = FOLD.sub(" ", value)
    if not line.isascii() and not NOT_RAW.search(line):  # each surrogate stands for a raw byte
        line = decode(line.encode("utf-8", "surrogateescape"))
    return RUN.sub(decoded_run, BETWEEN.sub("", line)).strip()


def decoded_run(run: re.Match[str]) -> str:
    """Return the text of a matched run of encoded words (=?utf-8?B?…?=).

    Bytes are joined first, because some senders split a letter between two words.
    """
    pieces: list[tuple[str, list[bytes]]] = []
    for charset, form, content in ENCODED.findall(run[0]):
        piece = content_bytes(content, form.lower())
        if not pieces or pieces[-1][0] != charset.lower():
            pieces.append((charset.lower(), []))
        pieces[-1][1].append(piece)
    return "".join(decode(b"".join(parts), charset) for charset, parts in pieces)


def content_bytes(content: str, form: str) -> bytes:
    """Return the bytes in the content of an encoded word (`form`: base64 or quoted-printable), or it as written."""
    written = content.encode("utf-8", "replace")
    if form == "q":
        return quopri.decodestring(written, header=True)
    try:
        return binascii.a2b_base64(written + b"=" * (-len(written) % 4))
    except binascii.Error:
        return written
