"""Extract the new text of a reply, without the mail that is quoted below it.

No other library knows Hebrew, Arabic or Russian. This one finds four things in four languages: an attribution ("On …
wrote:"), a block of headers ("From: … Sent: … To: …"), a divider ("-----Original Message-----"), and lines that begin
with ">". The caller keeps the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

# Programs put invisible marks around names and addresses; they are removed before comparing.
MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff]")
HYPHENS = re.compile("[\u2010-\u2014]")
SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\t]")
LINES = 2000  # most lines to compare; every quote begins before
LONGEST = 1000  # longest line to compare; an attribution is shorter
WRAPPED = 12  # most lines of a wrapped attribution
SIGNATURE_LINES = 12

# An attribution has a time: a year, a time of day, or a date with dots or slashes, in any digits.
WHEN = re.compile(r"\d{4}|\d{1,2}[:.]\d{2}|\d{1,2}[./]\d{1,2}")
ATTRIBUTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Any language: text, an address in angle brackets, a colon. Gmail in Hebrew and in Russian uses no verb at
        # all ("בתאריך … מאת … <…>:", "вт, 24 нояб. … в 10:00, … <…>:").
        r"^[^<>]*<\s?[^\s<>@]+@[^\s<>@]+>[^<>]{0,40}:$",
        r"\bwrote ?:$",
        r"^(?:בתאריך|ביום|ב-? ?\d).*\bמאת\b.{0,150}:$",
        r"^(?:בתאריך|ביום|ב-? ?\d).*\b(?:כתב|כתבה|כתבו|כתבת|כתב/ה|כתב\(ה\))(?!\w).{0,120}:$",
        r"\b(?:пишет|писал|писала|писал\(а\)|написал|написала|написал\(а\)|написали) ?:$",
        r"\bот\b[^@:]{0,80}[^\s@]{1,64}@[^\s@]{1,120} ?:$",
        r"^(?:في|بتاريخ|يوم)\b.*\b(?:كتب|كتبت|كتابة|بواسطة)\b.{0,120}:$",
    )
)
# Possible beginnings of an attribution; only there a wrapped one is searched for.
OPENING = re.compile(
    r"^(?:on|בתאריך|ביום|ב-? ?\d|في|بتاريخ|يوم|\d|mon|tue|wed|thu|fri|sat|sun"
    r"|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)",
    re.IGNORECASE,
)
DIVIDER = re.compile(
    r"^[-_* ]{2,}\s*(?:original message|original appointment|הודעה מקורית|ההודעה המקורית|исходное сообщение"
    r"|оригинальное сообщение|الرسالة الأصلية|رسالة أصلية)\s*[-_* ]{2,}$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[_\-=*]{5,}$")
FROM = frozenset({"from", "מאת", "от", "от кого", "من"})
OTHER = re.compile(
    "sent|date|to|cc|subject|reply-to|נשלח|תאריך|אל|עותק|העתק|נושא|отправлено|дата|кому|копия|тема"
    "|تم الإرسال|تاريخ الإرسال|مرسل|أ?ُ?رسلت|التاريخ|إلى|الى|نسخة|نسخة إلى|الموضوع"
)
FIELD = re.compile(r"^\*?([^:*]{2,20})\*?:\*?(?:\s|$)")
DEVICE = re.compile(
    r"^(?:sent from|get outlook for|sent with|נשלח מ|קבל את outlook|קבלו את outlook|הורד את outlook|отправлено (?:с|из)"
    r"|получить outlook|скачать outlook|скачайте outlook|أرسلت? من|أُرسلت من|تم الإرسال من|الحصول على outlook"
    r"|احصل على outlook)",
    re.IGNORECASE,
)
ANSWER = re.compile(r"^\s*(?:re|aw|sv|vs|השב|תגובה|בתגובה|отв|ответ|رد|ردّ?)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
# What programs put above a forwarded mail.
FORWARDED = re.compile(
    r"^(?:[-_* ]{2,}\s*(?:forwarded message|forwarded by.{0,80}|הודעה שהועברה|הודעה מועברת|ההודעה שהועברה"
    r"|пересылаемое сообщение|пересланное сообщение|переадресованное сообщение|رسالة م[ُ]?حو[ّ]?لة|رسالة معاد توجيهها"
    r"|الرسالة المعاد توجيهها)\s*[-_* ]{2,}"
    r"|(?:begin forwarded message|תחילת ההודעה שהועברה|начало переадресованного сообщения"
    r"|بدء الرسالة المعاد توجيهها):)$",
    re.IGNORECASE,
)
FORWARD = re.compile(r"^\s*(?:fwd?|הועבר|העברה|пересл\w*\.?|إعادة توجيه)\s*:", re.IGNORECASE)


def strip_quotes(text: str, subject: str = "", answers: bool = True) -> str:
    """Return the part of a mail that its sender wrote; the whole text if nothing else is left.

    `answers` says whether the mail answers another. A forwarded mail stays, because its sender wants to show it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if FORWARD.match(subject):
        return text
    lines = text.split("\n")
    seen = [*map(normalised_line, lines[:LINES]), *lines[LINES:]]
    kept = without_device(without_signature(unquoted_lines(lines, seen, answers)))
    return "\n".join(kept).strip("\n") if any(line.strip() for line in kept) else text


def normalised_line(line: str) -> str:
    """Return a line for comparison, without bidi marks and with one kind of hyphen and space.

    A long line is no attribution and becomes "…".
    """
    if len(line) > LONGEST:
        return "…"
    return HYPHENS.sub("-", SPACES.sub(" ", MARKS.sub("", line))).strip()


def unquoted_lines(lines: Sequence[str], seen: Sequence[str], answers: bool = True) -> list[str]:
    """Return the lines of a mail that do not quote an earlier one.

    An attribution before ">" lines removes only those, so that answers between or below the quotes stay. Without them
    all that follows is the quoted mail.
    """
    kept: list[str] = []
    at = 0
    while at < len(seen):
        if at >= LINES:
            kept += (line for line in lines[at:] if not line.startswith(">"))
            break
        if seen[at].startswith(">"):
            at += 1
            continue
        if FORWARDED.match(seen[at]):
            return [*kept, *lines[at:]]
        if answers and (DIVIDER.match(seen[at]) or headers_begin(seen, at)):
            break
        length = attribution_length(seen, at)
        if length:
            if not next_line(seen, at + length).startswith(">"):
                break
            at += length
            continue
        kept.append(lines[at])
        at += 1
    return trim_end(kept)


def next_line(seen: Sequence[str], at: int) -> str:
    """Return the first line from position `at` on that is not empty; "" if none is near."""
    return next(filter(None, islice(seen, at, at + LINES)), "")


def attribution_length(seen: Sequence[str], at: int) -> int:
    """Return how many lines an attribution ("On Monday Dana wrote:") takes that begins at `at`; 0 if none does."""
    if not seen[at]:
        return 0
    if seen[at].endswith(":") and names_author(seen[at]):
        return 1
    if not OPENING.match(seen[at]):
        return 0
    joined = seen[at]
    for length in range(2, WRAPPED + 1):
        line = seen[at + length - 1] if at + length <= len(seen) else ""
        if not line or line.startswith(">"):
            return 0
        joined = f"{joined} {line}"
        if line.endswith(":"):
            return length if names_author(joined) else 0
    return 0


def names_author(line: str) -> bool:
    """Return whether a line is an attribution, such as "On Monday at 10:00 Dana wrote:"."""
    return len(line) <= LONGEST and bool(WHEN.search(line)) and any(words.search(line) for words in ATTRIBUTIONS)


def headers_begin(seen: Sequence[str], at: int) -> bool:
    """Return whether the headers of a forwarded or quoted mail begin at line `at`: a sender and two others."""
    if field_name(seen[at]) not in FROM:
        return False
    names = {field_name(line) for line in seen[at + 1 : at + 9]}
    return sum(OTHER.fullmatch(name) is not None for name in names) >= 2


def field_name(line: str) -> str:
    """Return the name of a mail header at the start of a line, in lower case; "" if the line is none."""
    found = FIELD.match(line)
    return found[1].strip().lower() if found else ""


def without_signature(lines: list[str]) -> list[str]:
    """Return the lines without the signature after "-- ", if it is short enough to be one."""
    for at in range(max(0, len(lines) - SIGNATURE_LINES - 1), len(lines)):
        if MARKS.sub("", lines[at]).rstrip("\r ") == "--":
            return trim_end(lines[:at])
    return lines


def without_device(lines: list[str]) -> list[str]:
    """Return the lines without "Sent from my phone" at the end."""
    end = len(lines)
    while end and len(lines[end - 1]) < 100 and DEVICE.match(normalised_line(lines[end - 1])):
        end = content_end(lines, end - 1)
    return lines[:end]


def trim_end(lines: list[str]) -> list[str]:
    """Return the lines without the empty lines and rulers at their end."""
    return lines[: content_end(lines, len(lines))]


def content_end(lines: Sequence[str], end: int) -> int:
    """Return the index after the last line before `end` that has content."""
    while end and (not lines[end - 1].strip() or not (seen := normalised_line(lines[end - 1])) or RULE.match(seen)):
        end -= 1
    return end
