"""What an app of initiatives contributes to other apps, and the pages that all of them have: one declaration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kesher.accounts import my_page
from kesher.accounts.my_page import MyPageSection
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Agency
from kesher.cases import desk_panels, suggested_replies
from kesher.cases.suggested_replies import Suggestion
from kesher.contacts import privacy_registry
from kesher.contacts.models import Contact
from kesher.contacts.privacy_registry import Holding
from kesher.dialogues.registry import REGISTRY
from kesher.following import feeds
from kesher.following.feeds import FEED_MOST, Feed, Item, Wanted
from kesher.initiatives.models import InitiativeQuerySet
from kesher.initiatives.views import build_card_view
from kesher.participation import action_kinds, fraud_desk, open_data
from kesher.participation.action_kinds import Kind
from kesher.participation.models import Action
from kesher.understanding.registry import CANDIDATES, Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """An app of initiatives, as other apps see it. ``name``: its label, under which its URLs and templates are.

    The desk's menu has a link ``title``; ``panel`` returns what the desk sees of a person beside the conversation, None
    for nothing. ``section``: of a person's own page. ``kinds``: its actions, for open data. ``holdings``: what it
    stores about people.

    ``find`` returns the initiative with a code that the public may read, and ``draw`` its share picture. ``counted``
    returns the action whose numbers a request asks for, if that is not always the initiative's own. ``watched`` returns
    what the fraud desk watches at the URL ``watch``.

    ``public`` returns the initiatives whose titles a message may name, and ``verbs`` the names of what people may do
    with one of them, the usual first.

    For people who follow topics and places: ``everything`` is the choice to follow all of it, ``listed`` returns the
    initiatives in lists, ``listed_at`` is the field that says since when, and ``locate`` where an initiative is.
    """

    name: str
    title: Any
    icon: str
    order: int
    panel: Callable[[Contact], Mapping[str, Any] | None]
    section: MyPageSection
    kinds: tuple[Kind, ...]
    holdings: tuple[Holding, ...]
    find: Callable[[str], Any]
    draw: Callable[[Agency, Any], bytes]
    watched: Callable[..., fraud_desk.Watched]
    watch: str = "<slug:code>/watch/"
    counted: Callable[[AgencyRequest, str], Action | None] | None = None
    public: Callable[[], InitiativeQuerySet[Any]]
    verbs: Callable[[Any], tuple[str, ...]]
    states: tuple[str, ...] = ("state",)  # fields on which `verbs` depends
    everything: Any
    listed: Callable[[], InitiativeQuerySet[Any]]
    listed_at: str = "published_at"
    locate: Callable[[Any], str] = lambda _found: ""

    def register(self) -> None:
        """Make the registrations in other apps; called at start-up."""
        desk_panels.register(self.name, f"{self.name}/_desk_person.html", self.panel, about="contact", order=self.order)
        desk_panels.register_link(self.title, f"{self.name}:desk", icon=self.icon, order=self.order)
        my_page.register(self.section)
        for kind in self.kinds:
            action_kinds.register(kind)
        for holding in self.holdings:
            privacy_registry.register(holding)
        CANDIDATES.register(self.kinds[0].name, self.list_titles, self.titles_version)
        suggested_replies.register(self.kinds[0].name, self.suggest_reply)
        feeds.register(Feed(self.name, self.everything, self.title, self.find_new, order=self.order))

    def find_new(self, _wanted: Wanted, since: datetime) -> list[Item]:
        """Return the initiatives that became public since a moment, newest first."""
        rows = self.listed().filter(**{f"{self.listed_at}__gt": since, f"{self.listed_at}__lte": timezone.now()})
        return [
            Item(row.titles, row.get_absolute_url(), getattr(row, self.listed_at), place=self.locate(row))
            for row in rows.select_related("action").order_by(f"-{self.listed_at}")[:FEED_MOST]
        ]

    def suggest_reply(self, verb: str, code: str, _contact: Contact, lang: str) -> Suggestion | None:
        """Return a reply by which a person may begin a verb with the initiative of this code; None if they may not."""
        skill = REGISTRY.get(verb)
        found = skill.subject(code) if skill is not None and skill.subject is not None else None
        if skill is None or found is None:
            return None
        title = f"{skill.title}: {found.title}"
        words = skill.intents.get(lang) or skill.intents["en"]
        with translation.override(lang):
            text = _("%(what)s. Write “%(command)s” here, or open this page: %(link)s") % {
                "what": f"{skill.title}: {found.title}",
                "command": f"{words[0]} {code}",
                "link": found.page_url,
            }
        return Suggestion(title, text)

    def list_titles(self) -> Iterator[Title]:
        """Yield the titles of the initiatives that the public may read."""
        for found in self.public().select_related("action").order_by("id"):
            yield Title(found.code, found.titles, verbs=self.verbs(found))

    def titles_version(self) -> Hashable:
        """Return a value that differs when a title, or what may be done with it, changed."""
        titles = Cast("titles", TextField())
        return hash(tuple(self.public().order_by("id").values_list("id", titles, *self.states)))

    def find_action(self, request: AgencyRequest, code: str) -> Action | None:
        """Return the action of the public initiative with this code, or None."""
        found = self.find(code)
        return found.action if found is not None else None

    def urls(self) -> list[URLPattern]:
        """Return the URLs of the share picture, the open data and the fraud desk."""
        page, desk = f"{self.name}/<slug:code>", f"desk/{self.name}/{self.watch}"
        unknown = partial(render, template_name=f"{self.name}/unknown.html", status=404)
        counts, rows = open_data.build_views(self.counted or self.find_action)
        watch, settle, reverse = fraud_desk.build_desk_views(self.watched)
        return [
            path(f"{page}/card.png", build_card_view(self.find, self.draw, unknown=unknown), name="card"),
            path(f"api/v1/{page}/data.json", counts, name="api-counts"),
            path(f"api/v1/{page}/data.csv", rows, name="api-rows"),
            path(desk, watch, name="desk-watch"),
            path(f"{desk}alerts/<int:pk>/", settle, name="desk-alert"),
            path(f"{desk}voidings/<int:pk>/", reverse, name="desk-reverse"),
        ]
