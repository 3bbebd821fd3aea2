"""What a change that waits would change: field by field and language by language, with the words that differ marked."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from kesher.answers.forms import LABELS, LANGUAGE_NAMES
from kesher.answers.models import Answer
from kesher.answers.services import with_waiting
from kesher.answers.services.answers import DATES, differences, snapshot
from kesher.language import direction

COMMON: Final = {
    "topic": _("Topic"),
    "owner": _("Owner"),
    "start_url": _("Start link"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid until"),
    "review": _("Look at it again on"),
}
WRAPS: Final = {"del": "<del>{}</del>", "ins": "<ins>{}</ins>"}
_PIECE: Final = re.compile(r"\s+|\S+")


def compared(answer: Answer) -> list[dict[str, Any]]:
    """A row for each field that the waiting change touches: what it is, in which language, its words now and then."""
    wanted = with_waiting(answer)
    rows = []
    for name in differences(snapshot(answer), snapshot(wanted)):
        lang, dot, key = name.partition(".")
        label, code = (LABELS[key], lang) if dot else (COMMON[name], "")
        old, new = (shown(each, lang, key) if dot else plain(each, name) for each in (answer, wanted))
        before, after = told_apart(old, new)
        language = {"lang": code, "dir": direction(code) if code else "auto", "language": LANGUAGE_NAMES.get(code, "")}
        rows.append({"label": label, "before": before, "after": after, **language})
    return rows


def shown(answer: Answer, lang: str, key: str) -> str:
    value = answer.texts.get(lang, {}).get(key, "")
    return "\n".join(value) if isinstance(value, list) else value


def plain(answer: Answer, name: str) -> str:
    """What belongs to all languages, as a reader has it."""
    value = snapshot(answer)[name]
    if name in DATES:
        return date_format(day, "SHORT_DATE_FORMAT") if (day := parse_date(value)) else ""
    return str(getattr(answer, name) or "") if name in ("topic", "owner") else value


def told_apart(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts, escaped; what only one of them has stands in ``<del>`` and in ``<ins>``."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    runs: list[tuple[bool, str, str]] = []  # (the same?, old words, new words)
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same, gone, come = kind == "equal", "".join(before[a:b]), "".join(after[c:d])
        if runs and not runs[-1][0] and (not same or gone.isspace()):
            # A space between two words that changed belongs to the change: a reader sees one, not two.
            runs[-1] = (False, runs[-1][1] + gone, runs[-1][2] + come)
        else:
            runs.append((same, gone, come))
    # Safe: every part went through escape() or format_html().
    return (
        mark_safe("".join(marked("del", gone, same) for same, gone, _come in runs)),  # noqa: S308
        mark_safe("".join(marked("ins", come, same) for same, _gone, come in runs)),  # noqa: S308
    )


def marked(tag: str, text: str, same: bool) -> str:
    return escape(text) if same or not text else format_html(WRAPS[tag], text)
