"""Search of the home page: a number, or words that name a topic, petition, contest or purchase."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from kesher.cases.models import Topic
from kesher.cases.services import find_case_by_number
from kesher.contests.models import Contest
from kesher.language import digits, keys, normalise
from kesher.participation.models import Action
from kesher.petitions.models import Petition
from kesher.purchases.models import Purchase

MOST = 12
# An inflected form counts less than the word itself; one such form in two words is not enough.
A_FORM, ENOUGH = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Found:
    """One search result: title, URL, kind and icon."""

    title: str
    url: str
    kind: str
    icon: str
    text: str = ""


def url_for_number(question: str) -> str:
    """Return the URL of the case, petition, contest or purchase with this number; "" for any other text."""
    number = digits(question).strip().lstrip("#")
    if not number.isdecimal():
        return ""
    pages = {"petition": "petitions:detail", "contest": "contests:detail", "purchase": "purchases:detail"}
    kind = Action.objects.filter(kind__in=pages, code=number).values_list("kind", flat=True).first()
    if kind is not None:
        return reverse(pages[kind], args=[number])
    return f"{reverse('reports:status')}?number={number}" if find_case_by_number(number) else ""


def find_results(question: str) -> list[Found]:
    """Return the topics, petitions, contests and purchases that match the words best, topics first."""
    wanted = [(normalise(word), found) for word in question.split() if (found := keys(word))]
    if not wanted:
        return []
    topics = list(Topic.objects.filter(is_active=True).order_by("order", "id"))
    doors = {topic.group: topic for topic in reversed(topics) if topic.reportable}
    rows = [(match_score(wanted, topic), topic) for topic in topics]
    best = sorted((row for row in rows if row[0] >= ENOUGH), key=lambda row: -row[0])[:MOST]
    return [
        *(topic_result(topic, doors.get(topic.group)) for _fit, topic in best),
        *find_petitions(question),
        *find_contests(question),
        *find_purchases(question),
    ]


def match_score(wanted: list[tuple[str, set[str]]], topic: Topic) -> float:
    """Return how well a query's words match a topic, from 0 to 1.

    ``wanted``: each word with its search keys. A word that is in the topic's names or synonyms, in any language, counts
    more than an inflected form: "שבור" could be a form of "בור".
    """
    texts = [*topic.names.values(), *(word for several in topic.synonyms.values() for word in several)]
    words = {normalise(word) for text in texts for word in str(text).split()}
    known = {key for text in texts for key in keys(str(text))}
    return sum(1.0 if word in words else A_FORM if own & known else 0.0 for word, own in wanted) / len(wanted)


def topic_result(topic: Topic, door: Topic | None) -> Found:
    """Return a topic as a search result, with a link to its report form or to the chat."""
    target = topic if topic.reportable else door
    if target is None:
        return Found(topic.name, reverse("conversations:chat"), _("Ask us"), "message")
    return Found(topic.name, f"{reverse('reports:new')}?topic={target.code}", _("Report"), "map-pin")


def find_petitions(question: str) -> list[Found]:
    """Return the published petitions with these words as search results."""
    rows = Petition.objects.published().search(question).select_related("action")[:MOST]
    return [Found(row.title, row.get_absolute_url(), _("Petition"), "pen", row.demand[:160]) for row in rows]


def find_contests(question: str) -> list[Found]:
    """Return the published contests and polls with these words as search results."""
    rows = Contest.objects.published().search(question).with_page()[:MOST]
    return [
        Found(row.title, row.get_absolute_url(), row.get_kind_display(), "lightbulb", row.brief[:160]) for row in rows
    ]


def find_purchases(question: str) -> list[Found]:
    """Return the published group purchases with these words as search results."""
    rows = Purchase.objects.published().search(question).select_related("action")[:MOST]
    return [Found(row.title, row.get_absolute_url(), _("Group purchase"), "cart", row.text[:160]) for row in rows]
