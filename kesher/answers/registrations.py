"""What the answers contribute to other apps: a link in the desk's menu, suggested replies, what a message may ask."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime

from django.db.models import Count, Max
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import absolute
from kesher.answers import skill
from kesher.answers.models import Answer, Checker, Revision
from kesher.answers.search.search import search
from kesher.cases import suggested_replies
from kesher.cases.desk_panels import register_link
from kesher.cases.suggested_replies import Suggestion
from kesher.channels.message_layout import append_links
from kesher.contacts.models import Contact
from kesher.core import hooks
from kesher.following import feeds
from kesher.following.feeds import FEED_MOST, Feed, Item, Wanted
from kesher.understanding.registry import CANDIDATES, Hit, Title

HITS = 5


def list_answers() -> Iterator[Title]:
    """Yield the questions of the published answers, with the hidden words by which they are found."""
    for answer in Answer.objects.published().order_by("id"):
        texts = answer.texts
        hidden = (word.strip() for text in texts.values() for word in text.get("hidden", ()))
        yield Title(answer.slug, {lang: text["question"] for lang, text in texts.items()}, tuple(filter(None, hidden)))


def answers_version() -> Hashable:
    """Return a value that differs when a published answer changed."""
    return tuple(Answer.objects.published().aggregate(Count("id"), Max("updated")).values())


def list_checkers() -> Iterator[Title]:
    """Yield the titles of the published eligibility checkers, by the codes of their buttons."""
    for checker in Checker.objects.published().order_by("id"):
        titles = {lang: text["title"] for lang, text in checker.texts.items()}
        yield Title(f"c{checker.pk}", titles, verbs=("answers.check",))


def checkers_version() -> Hashable:
    """Return a value that differs when a published checker changed."""
    return tuple(Checker.objects.published().aggregate(Count("id"), Max("updated")).values())


def find_hits(text: str, lang: str) -> list[Hit]:
    """Return the first answers that the search finds for a message."""
    return [
        Hit(hit.slug, hit.score, hit.coverage, hit.confidence)
        for hit in search(text, lang, most=HITS, retype=False).hits
    ]


def suggest_answer(slug: str, _subject: str, _contact: Contact, lang: str) -> Suggestion | None:
    """Return a published answer as a reply that a clerk may send, as the bot would give it; None if it is gone."""
    answer = Answer.objects.published().filter(slug=slug).first()
    if answer is None:
        return None
    title = skill.answer_text(answer, translation.get_language() or lang).question
    with translation.override(lang):
        return Suggestion(title, append_links(skill.short_answer(answer, lang)))


def suggest_checker(_name: str, code: str, _contact: Contact, lang: str) -> Suggestion | None:
    """Return the link to a published checker as a reply that a clerk may send; None if it is gone."""
    checker = skill.find_checker(code)
    if checker is None:
        return None
    title = checker.title
    with translation.override(lang):
        return Suggestion(title, f"{checker.title}: {absolute(checker.get_absolute_url())}")


def find_new_answers(_wanted: Wanted, since: datetime) -> list[Item]:
    """Return the answers that were published or changed since a moment, newest first, each once. One query."""
    public = Answer.objects.published().values("pk")
    rows = Revision.objects.filter(answer__in=public, verb__in=["publish", "accept"], at__gt=since)
    newest: dict[int, Revision] = {}
    for row in rows.select_related("answer__topic").order_by("-id")[:FEED_MOST]:
        newest.setdefault(row.answer_id, row)
    return [answer_item(row) for row in newest.values()]


def answer_item(row: Revision) -> Item:
    """Return a published answer as an item of the feed."""
    answer = row.answer
    titles = {lang: text.get("question", "") for lang, text in answer.texts.items()}
    topics = frozenset({answer.topic.code} if answer.topic else ())
    return Item(titles, answer.get_absolute_url(), row.at, topics)


def register_all() -> None:
    """Register the desk's link to the editors' pages, suggested replies, and what answers questions in free text."""
    register_link(_("Answers"), "answers:desk", icon="star", order=45)
    hooks.free_text.register(skill.on_free_text)
    suggested_replies.register("answer", suggest_answer)
    suggested_replies.register("checker", suggest_checker)
    CANDIDATES.register("answer", list_answers, answers_version)
    CANDIDATES.register("checker", list_checkers, checkers_version)
    CANDIDATES.register_search(find_hits)
    feeds.register(Feed("answers", _("New and changed answers"), _("Answers"), find_new_answers, order=45))
