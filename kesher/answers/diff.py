"""Compare a proposed change with the published answer, field by field, with the differing words marked."""

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
from kesher.answers.services import preview_waiting_change
from kesher.answers.services.answers import DATES, list_changed_fields, snapshot
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


def compare_waiting_change(answer: Answer) -> list[dict[str, Any]]:
    """Return a row for each field that the waiting change changes: label, language, words before and after."""
    wanted = preview_waiting_change(answer)
    rows = []
    for name in list_changed_fields(snapshot(answer), snapshot(wanted)):
        lang, dot, key = name.partition(".")
        label, code = (LABELS[key], lang) if dot else (COMMON[name], "")
        old, new = (
            format_field(each, lang, key) if dot else format_common_field(each, name) for each in (answer, wanted)
        )
        before, after = mark_differences(old, new)
        language = {"lang": code, "dir": direction(code) if code else "auto", "language": LANGUAGE_NAMES.get(code, "")}
        rows.append({"label": label, "before": before, "after": after, **language})
    return rows


def format_field(answer: Answer, lang: str, key: str) -> str:
    """Return one text of an answer in one language; the items of a list on a line each."""
    value = answer.texts.get(lang, {}).get(key, "")
    return "\n".join(value) if isinstance(value, list) else value


def format_common_field(answer: Answer, name: str) -> str:
    """Return a value that all languages share (topic, owner, a date …) as text."""
    value = snapshot(answer)[name]
    if name in DATES:
        return date_format(day, "SHORT_DATE_FORMAT") if (day := parse_date(value)) else ""
    return str(getattr(answer, name) or "") if name in ("topic", "owner") else value


def mark_differences(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Return both texts as HTML, with words that only the old has in ``<del>``, only the new in ``<ins>``."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    runs: list[tuple[bool, str, str]] = []  # (same, old words, new words)
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same, gone, come = kind == "equal", "".join(before[a:b]), "".join(after[c:d])
        if runs and not runs[-1][0] and (not same or gone.isspace()):
            # A space between two changed words belongs to the change, which is then shown as one.
            runs[-1] = (False, runs[-1][1] + gone, runs[-1][2] + come)
        else:
            runs.append((same, gone, come))
    # Safe: every part went through escape() or format_html().
    return (
        mark_safe("".join(mark_run("del", gone, same) for same, gone, _come in runs)),  # noqa: S308
        mark_safe("".join(mark_run("ins", come, same) for same, _gone, come in runs)),  # noqa: S308
    )


def mark_run(tag: str, text: str, same: bool) -> str:
    """Return a run of words, escaped, and wrapped in the tag ``tag`` unless both texts have it (``same``)."""
    return escape(text) if same or not text else format_html(WRAPS[tag], text)
