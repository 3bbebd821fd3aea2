"""What the desk's page of understanding shows: the titles of meanings and actions, and what was done how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.cases.contact_panel import language_name
from kesher.conversations.channel_links import channel_title
from kesher.dialogues.registry import REGISTRY
from kesher.understanding.learning.examples import example_classes
from kesher.understanding.models import ActionCount, Heard
from kesher.understanding.registry import CANDIDATES

DAYS: Final = 30  # for which the page counts
# What a message may mean that is no verb, in the order of the menus: the first four are chosen most.
USUAL: Final = {
    "answer": _("A question to our answers"),
    "nothing": _("Nothing of ours"),
    "person": _("To talk to a person"),
    "danger": _("Danger to life"),
}
COMMANDS: Final = {
    "menu": _("The menu"),
    "help": _("Help"),
    "back": _("One step back"),
    "cancel": _("To cancel"),
    "skip": _("To skip the question"),
    "continue": _("To continue"),
    "language": _("Another language"),
    "stop": _("No more messages"),
    "start_again": _("To get messages again"),
    "greeting": _("A greeting"),
    "thanks": _("Thanks"),
    "yes": _("Yes"),
    "no": _("No"),
}
SITUATIONS: Final = {"possible": _("Perhaps danger"), "abuse": _("Insults or threats")}
OTHER: Final = {"reports.complaint": _("A complaint about service")}  # classes of verbs that nobody can begin yet
# What was done about a message, by its action; all others were done at once.
AT_ONCE: Final = "at_once"
COLUMNS: Final = {
    AT_ONCE: _("Done at once"),
    "confirm": _("Asked first"),
    "offer": _("Offered a choice"),
    "unknown": _("Not known"),
}
ALIKE: Final = {"confirm": "confirm", "ask_stop": "confirm", "offer": "offer", "unknown": "unknown"}


def group_meanings() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Return (title, [(class, title)]) for each group of what a message may mean; the first has no title."""
    classes = example_classes()
    verbs = sorted(((name, meaning_title(name)) for name in classes if "." in name), key=lambda pair: str(pair[1]))
    return [
        ("", list(USUAL.items())),
        (_("What people can do"), verbs),
        (_("Commands"), list(COMMANDS.items())),
        (_("Danger and abuse"), list(SITUATIONS.items())),
    ]


def meaning_title(name: str) -> str:
    """Return the title of a class of examples, or its name where it has none."""
    entry = REGISTRY.get(name)
    titles = USUAL | COMMANDS | SITUATIONS | OTHER
    return str(entry.title) if entry else str(titles.get(name, name))


def is_answer(guess: str) -> bool:
    """Return whether a guess is the slug of an answer."""
    return bool(guess) and "." not in guess and guess not in USUAL | COMMANDS | SITUATIONS


def answer_titles(guesses: Iterable[str]) -> dict[str, str]:
    """Return {slug: question} of the answers among these guesses, in the reader's language."""
    wanted, source = set(filter(is_answer, guesses)), CANDIDATES.sources.get("answer")
    lang = get_language() or ""
    return {one.code: one.title(lang) for one in source.titles() if one.code in wanted} if wanted and source else {}


def heard_rows(found: Sequence[Heard]) -> list[dict[str, Any]]:
    """Return messages of the review as rows of the page: what was guessed, and what to propose that it meant."""
    answers = answer_titles(row.guess for row in found)
    return [
        {
            "heard": row,
            "language": language_name(row.lang),
            "channel": channel_title(row.channel),
            "action": COLUMNS[ALIKE.get(row.action, AT_ONCE)],
            "guess": answers.get(row.guess) or (meaning_title(row.guess) if row.guess else ""),
            "percent": round(100 * row.probability),
            "meant": meaning_title(row.meant) if row.meant else "",
            "chosen": "" if row.wrong else "answer" if is_answer(row.guess) else row.guess,
        }
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class ActionShare:
    """How many messages of a language led to something (its title), and what part of them all in percent."""

    title: Any
    times: int
    percent: int


def summarise_actions(spoken: Sequence[str]) -> list[dict[str, Any]]:
    """Return what was done about the messages of the last days by language, all languages first; two queries.

    ``wrong``: answers that the person said did not help; ``cells``: an ActionShare for each of COLUMNS.
    """
    since = localdate() - timedelta(days=DAYS)
    counts = {lang: Counter[str]() for lang in ("", *spoken)}
    counted = ActionCount.objects.filter(day__gt=since).values_list("lang", "action").annotate(Sum("times"))
    for lang, action, times in counted:
        for key in {"", lang}:
            counts.setdefault(key, Counter())[ALIKE.get(action, AT_ONCE)] += times
    unhelpful = Heard.objects.filter(wrong=True, created__gte=timezone.now() - timedelta(days=DAYS))
    wrong: Counter[str] = Counter(dict(unhelpful.values_list("lang").annotate(Count("id"))))
    wrong[""] = sum(wrong.values())
    return [
        {
            "language": language_name(lang) if lang else "",
            "total": found.total(),
            "cells": share_cells(found),
            "wrong": wrong[lang],
        }
        for lang, found in counts.items()
    ]


def share_cells(found: Counter[str]) -> list[ActionShare]:
    """Return what part of the messages led to each of COLUMNS."""
    total = found.total() or 1
    return [ActionShare(title, found[name], round(100 * found[name] / total)) for name, title in COLUMNS.items()]
