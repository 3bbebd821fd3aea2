"""The list of what concerns somebody: on pages, in conversations and in digests the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kesher.accounts.decorators import with_next
from kesher.accounts.my_page import Thing
from kesher.agencies.base_url import absolute
from kesher.agencies.models import Place
from kesher.cases.models import Topic
from kesher.contacts.models import Contact
from kesher.following.feeds import ALL, OWN_FEEDS, Feed, OwnFeed, TopicNames, Wanted, sorted_feeds
from kesher.following.forms import topic_words
from kesher.following.models import Followed, Following
from kesher.following.permission import why_no_digest
from kesher.following.relevance import explain
from kesher.verbs.declaration import Receipt

log = logging.getLogger("kesher.following")

LOOK_BACK: Final = timedelta(days=31)
LIST_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that concerns somebody. ``why``: the reason in words; ``kind``: what it is; ``url``: its path.

    ``weight``: what has more is shown first.
    """

    title: str
    lang: str
    url: str
    at: datetime
    kind: str
    why: str
    weight: int = 0


def list_concerns(
    following: Following, *, since: datetime | None = None, until: datetime | None = None, most: int = LIST_MOST
) -> list[Concern]:
    """Return what came in a time (default: within a month) and concerns somebody: the weightiest, then the newest.

    Each says why. The number of queries depends on the feeds alone. A feed that fails is logged and left out.
    """
    since = since or timezone.now() - LOOK_BACK
    wanted, languages = read_wanted(following), reading_languages(following)
    searches: list[tuple[str, Callable[[], list[Concern]]]] = [
        *((feed.name, partial(concerns_of, feed, wanted, since, languages)) for feed in sorted_feeds()),
        *((feed.name, partial(own_concerns, feed, following.contact, since)) for feed in OWN_FEEDS.values()),
    ]
    found: list[Concern] = []
    for name, search in searches:
        try:
            found += search()
        except DatabaseError:
            raise
        except Exception:  # a bug in one feature does not take the others' news away
            log.exception("the feed %s failed", name)
    asked = [one for one in found if until is None or one.at <= until]
    return sorted(asked, key=lambda one: (one.weight, one.at), reverse=True)[:most]


def own_concerns(feed: OwnFeed, contact: Contact, since: datetime) -> list[Concern]:
    """Return what came since a moment in what somebody joined."""
    found = feed.find(contact, since)
    return [Concern(one.title, one.lang, one.url, one.at, str(feed.kind), one.why, one.weight) for one in found]


def concerns_of(feed: Feed, wanted: Wanted, since: datetime, languages: Sequence[str]) -> list[Concern]:
    """Return what a feed has since a moment that concerns somebody, in the best of their languages."""
    found = []
    for item in feed.find(wanted, since):
        if item.at <= since or not (reasons := explain(item, feed, wanted)):
            continue
        lang, title = choose_title(item.titles, languages)
        why = " · ".join(str(reason) for reason in reasons[:2])
        found.append(Concern(title, lang, item.url, item.at, str(feed.kind), why))
    return found


def reading_languages(following: Following) -> list[str]:
    """Return the languages in which a person reads, the best first: that of their contact, if they chose it.

    The page's boxes are ticked in the order of the page, which says nothing of which is best.
    """
    own = following.contact.language
    return sorted(following.languages, key=lambda lang: lang != own) or [own or (get_language() or "he")[:2]]


def read_wanted(following: Following) -> Wanted:
    """Return what somebody follows, with its names. Two queries at most."""
    feeds = frozenset(code.removeprefix(ALL) for code in following.topics if code.startswith(ALL))
    codes = [code for code in following.topics if not code.startswith(ALL)]
    topics = Topic.objects.filter(code__in=codes, is_active=True).order_by("order", "id") if codes else ()
    places = Place.objects.filter(code__in=following.places).order_by("pk") if following.places else ()
    names = {topic.code: TopicNames(topic.name, tuple(topic_words(topic))) for topic in topics}
    return Wanted(names, tuple(places), feeds)


def choose_title(titles: Mapping[str, str], languages: Sequence[str]) -> tuple[str, str]:
    """Return (language, title) of a title in the best language of a reader, else in one that it has."""
    asked = languages or [(get_language() or "he")[:2]]
    known = [lang for lang in (*asked, *titles) if titles.get(lang)]
    return (known[0], titles[known[0]]) if known else ("", "")


def concern_lines(found: Sequence[Concern]) -> str:
    """Return a list of concerns as text, each with its reason and address."""
    return "\n\n".join(f"• {one.title}\n{one.why}\n{absolute(one.url)}" for one in found)


def digest_text(found: Sequence[Concern], most: int, *, short: bool = False) -> str:
    """Return the text of a digest: at most so many things, where there is more, and how it ends.

    ``short``: titles alone, for a channel whose texts are billed by their length; the page says the rest.
    """
    page = absolute(reverse("following:follow"))
    shown = "\n".join(f"• {one.title}" for one in found[:most]) if short else concern_lines(found[:most])
    lines = [_("New in what you joined or follow:"), shown]
    if len(found) > most and not short:
        lines.append(_("There is more: %(page)s") % {"page": page})
    lines.append(_("To change what you follow: %(page)s. To end it, write “stop following”.") % {"page": page})
    return "\n\n".join(lines)


def followed_in_words(following: Following) -> str:
    """Return what somebody follows as a list of names."""
    wanted = read_wanted(following)
    feeds = [str(feed.everything) for feed in sorted_feeds() if feed.name in wanted.feeds]
    topics = [topic.title for topic in wanted.topics.values()]
    return ", ".join([*feeds, *topics, *(str(place) for place in wanted.places)])


def follow_receipt(made: Followed) -> Receipt:
    """Return what somebody gets who chose what to follow."""
    following = made.following
    lines = [_("Done. You follow: %(what)s.") % {"what": followed_in_words(following)}]
    links = [(_("What concerns me"), absolute(reverse("following:follow")))]
    if made.refused:
        lines.append(
            _(
                "You asked us not to write to you, so we do not write about it: you find it on this page. "
                "To get messages again, sign in, follow once more, and say yes to the question about it."
            )
        )
        links.append((_("Sign in"), absolute(with_next("accounts:sign_in", reverse("following:follow")))))
    elif following.frequency == Following.Frequency.DAILY:
        lines.append(_("On the morning of a working day we write what is new. “Stop” ends it at any time."))
    elif following.frequency == Following.Frequency.WEEKLY:
        lines.append(_("Once a week we write what is new. “Stop” ends it at any time."))
    else:
        lines.append(_("We do not write about it: you find it on this page, or write “what is new”."))
    return Receipt(text=" ".join(lines), links=tuple(links))


def unfollow_receipt(found: bool) -> Receipt:
    """Return what somebody gets who ended following."""
    done = _("Done. You follow nothing any more, and get no digest.")
    return Receipt(text=done if found else _("You follow nothing, and get no digest."))


def list_own_concerns(contact: Contact, most: int) -> list[Thing]:
    """Return what concerns a person, as entries of their own page."""
    following = Following.objects.of(contact).first()
    found = list_concerns(following, most=most) if following is not None else []
    return [Thing(one.title, one.url, one.why, one.kind, "info", one.at) for one in found]


def silence_in_words(following: Following) -> str:
    """Return why somebody does not get the digest that they chose, and how they get it; "" where they get it."""
    if following.frequency == Following.Frequency.NEVER:
        return ""
    return {
        "refused": _("You asked us not to write to you, so there is no digest. What is new is shown here."),
        "muted": _("You switched these digests off on your page. To get them again, press “Follow” below."),
        "open": _("You have not agreed yet that we write to you. To get digests, press “Follow” below."),
        "": "",
    }[why_no_digest(following.contact)]
