"""What the reply box shows: the channels to a person and what each allows, canned responses, colleagues there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kesher.agencies.models import Staff, in_language
from kesher.cases.channel_presenter import ChannelBadge, channel_badge
from kesher.cases.models import Case, Draft, Presence, ReadyAnswer
from kesher.channels.models import Template
from kesher.contacts.addresses import OPAQUE, format_address
from kesher.contacts.models import Consent, Contact
from kesher.contacts.services import find_consent
from kesher.conversations.models import Conversation, Message, Route
from kesher.conversations.services import messages_since, routes_by_preference, verdict
from kesher.conversations.services.reply import TAKEN_BACK

Mode = Draft.Mode
SOON = timedelta(hours=2)
PLACES = 6


@dataclass(frozen=True, slots=True)
class PlaceholderValue:
    """One placeholder of a template: its input's name, its number and a suggested value."""

    name: str
    number: int
    value: str


@dataclass(frozen=True, slots=True)
class TemplateOption:
    """An approved template on one route: its text and its placeholders."""

    template: Template
    route: Route
    preview: str
    places: tuple[PlaceholderValue, ...]


@dataclass(frozen=True, slots=True)
class RouteOption:
    """A route to the person as the composer shows it.

    ``problem`` says why nothing may be sent there now, "" if it may; ``left`` is the rest of its answering window, as
    hours and minutes.
    """

    route: Route
    mark: ChannelBadge
    address: str
    problem: str
    code: str
    left: str
    soon: bool
    by_parts: bool
    used: bool
    answers: Message | None = None  # the public message under which it is said, for everybody

    @property
    def ok(self) -> bool:
        """Return whether a clerk's answer may be sent on this route."""
        return not self.code


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything the composer shows. ``main`` is the route that the person used last; None if there is no route."""

    main: RouteOption | None
    others: tuple[RouteOption, ...]
    templates: tuple[TemplateOption, ...]
    reachable: bool


def unseen_news(row: Conversation, staff: Staff, cases: Iterable[Case], seen: int) -> dict[str, Any]:
    """Return the warnings for a clerk who is about to send: messages since ``seen``, and which colleague is on it.

    ``seen``: the number of the last message that the clerk saw.
    """
    unseen = list(messages_since(row, seen)) if seen < row.last_seq else []
    holders = [row.assignee, *(case.assignee for case in cases)]
    other = next((holder for holder in holders if holder and holder.pk != staff.pk), None)
    return {"seen_seq": seen, "unseen": unseen, "other_holder": other if staff not in holders else None}


def keep_seen_mark(row: Conversation, seen: int | None) -> dict[str, Any]:
    """Return the template variables of a page shown again: its last seen message number, and the newer messages."""
    return {} if seen is None else {"seen_seq": seen, "unseen": list(messages_since(row, seen))}


def was_sent(row: Conversation, text: str, *, staff: Staff, since: int) -> bool:
    """Return whether the clerk sent this text after message number ``since``, and did not take it back."""
    own = Message.objects.filter(conversation=row, author=staff, text=text.strip(), seq__gt=since)
    return own.exclude(state=TAKEN_BACK).exists()


def find_drafts(row: Conversation, staff: Staff) -> dict[str, Any]:
    """Return the clerk's stored drafts for this conversation: the newest for the field, the other as an offer."""
    drafts = list(Draft.objects.filter(conversation=row, staff=staff).order_by("-changed_at", "-pk"))
    texts = {draft.mode: draft.text for draft in drafts}
    newest = drafts[0] if drafts else None
    return {
        "draft": newest.text if newest else "",
        "note_mode": newest is not None and newest.mode == Mode.NOTE,
        "draft_reply": texts.get(Mode.REPLY, ""),
        "draft_note": texts.get(Mode.NOTE, ""),
    }


def composer_outlook(contact: Contact, cases: Sequence[Case] = ()) -> Outlook:
    """Return the routes to this contact, last used first, and the templates for when a window is closed.

    A route that was used in public last leads into the thread, and its private way is one of the others.
    """
    found = route_options(contact)
    main = next((way for way in found if way.used), None) or next((way for way in found if way.ok), None)
    others = tuple(way for way in found if way is not main and way.ok)
    reachable = bool(others) or (main is not None and main.ok)
    return Outlook(main, others, template_options(contact, found, cases), reachable)


def route_options(contact: Contact) -> list[RouteOption]:
    """Return every address of this contact on an active channel account, with whether a reply may go there now."""
    routes = routes_by_preference(contact)
    refused = bool(routes) and find_consent(contact, Consent.Purpose.SERVICE) is False
    return [option for route in routes for option in make_route_options(route, refused)]


def make_route_options(route: Route, refused: bool) -> list[RouteOption]:
    """Return a route as the composer shows it: in public, in private, or both, in the order of their last use."""
    can = route.account.capabilities()
    asked = find_public_message(route) if can.public else None
    options = [make_route_option(route, refused, asked)] if asked else []
    if can.private:
        options.append(make_route_option(route, refused))
    private_last = asked is not None and route.last_in_at is not None and asked.received < route.last_in_at
    return options[::-1] if private_last else options


def find_public_message(route: Route) -> Message | None:
    """Return the newest public message that came on a route and that its author has not deleted; None without one."""
    rows = Message.objects.filter(identity=route.identity_id, account=route.account_id, public=True, direction="in")
    return rows.filter(deleted_at=None).order_by("-received", "-pk").first()


def make_route_option(route: Route, refused: bool, answers: Message | None = None) -> RouteOption:
    """Return one route as the composer shows it; ``refused``: the contact refused such messages."""
    now, can, public = timezone.now(), route.account.capabilities(), answers is not None
    purpose = Consent.Purpose.SERVICE
    judged = verdict(route, capabilities=can, purpose=purpose, now=now, answering=True, automatic=False, public=public)
    code, problem = judged.code, judged.message
    if not code and refused:
        code, problem = "refused", gettext("This person asked us not to write at all.")
    left, scheme = judged.left, route.identity.scheme
    return RouteOption(
        route=route,
        mark=channel_badge(route.account.channel),
        address="" if scheme in OPAQUE else format_address(scheme, route.identity.address),
        problem=problem,
        code=code,
        left=format_window(left) if left is not None and left > timedelta(0) else "",
        soon=left is not None and timedelta(0) < left < SOON,
        by_parts=can.part is not None,
        used=route.last_in_at is not None,
        answers=answers,
    )


def format_window(left: timedelta) -> str:
    """Return the time for which free text may still be sent as "hours:minutes"."""
    minutes = int(left.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def template_options(
    contact: Contact, found: Sequence[RouteOption], cases: Sequence[Case]
) -> tuple[TemplateOption, ...]:
    """Return the approved templates of the usable accounts, in the contact's language, else in Hebrew."""
    routes = {way.route.account_id: way.route for way in found if way.code in ("", "window")}
    routes = {pk: route for pk, route in routes.items() if route.account.capabilities().templates}
    if not routes:
        return ()
    language = contact.language or "he"
    rows = Template.objects.filter(account__in=routes, state=Template.State.APPROVED)
    newest: dict[tuple[int, str], Template] = {}
    for row in rows.filter(purpose=Consent.Purpose.SERVICE).order_by("version"):
        known, own = newest.get((row.account_id, row.name)), row.is_in(language)
        if (own or row.is_in("he")) and (known is None or own or not known.is_in(language)):
            newest[row.account_id, row.name] = row
    return tuple(make_template_option(row, routes[row.account_id], contact, cases) for row in newest.values())


def make_template_option(template: Template, route: Route, contact: Contact, cases: Sequence[Case]) -> TemplateOption:
    """Return a template with suggested values: usually first the person's name, then the case's number."""
    known = [contact.name, *(str(case.number) for case in cases[:1])]
    numbers = [number for number in range(1, PLACES + 1) if f"{{{{{number}}}}}" in template.body]
    places = tuple(
        PlaceholderValue(f"place-{template.pk}-{number}", number, known[number - 1] if number <= len(known) else "")
        for number in numbers
    )
    return TemplateOption(
        template, route, template.filled([place.value or f"…{place.number}…" for place in places]), places
    )


HERE = timedelta(seconds=50)  # a browser reports every twenty seconds
TYPING = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A colleague on the same page."""

    name: str
    typing: bool


def presence_stream(conversation: Conversation) -> str:
    """Return the name of the live stream that says which clerks are at this conversation."""
    return f"presence:{conversation.pk}"


def find_colleagues(conversation: Conversation, staff: Staff) -> list[Colleague]:
    """Return the other clerks who have this conversation's page open now, those who type first."""
    now = timezone.now()
    rows = Presence.objects.filter(conversation=conversation, seen_at__gt=now - HERE).exclude(staff=staff)
    found = [
        Colleague(row.staff.name, row.typed_at is not None and row.typed_at > now - TYPING)
        for row in rows.select_related("staff").order_by("seen_at", "pk")[:5]
    ]
    return sorted(found, key=lambda other: not other.typing)


MOST = 60
# The placeholders in braces, and what each stands for.
PLACEHOLDERS: Mapping[str, Any] = {
    "name": _("the person's name"),
    "number": _("the number of the request"),
    "agency": _("the name of our body"),
    "me": _("the name of whoever answers"),
}
PLACE = re.compile(r"\{([^{}\n]*)\}")
OURS = re.compile(rf"([ \u00a0]?)\{{({'|'.join(PLACEHOLDERS)})\}}")


@dataclass(frozen=True, slots=True)
class OfferedResponse:
    """A canned response as the composer offers it. ``fits``: its topic is that of the person's open case."""

    pk: int
    name: str
    text: str
    lang: str
    fits: bool


def offer_responses(contact: Contact, cases: Sequence[Case], staff: Staff) -> list[OfferedResponse]:
    """Return the canned responses, filled in for this contact; those on the topic of an open case come first."""
    open_cases = [case for case in cases if case.closed_at is None]
    topics = {case.topic_id for case in open_cases if case.topic_id}
    rows = ReadyAnswer.objects.order_by("name")[:MOST]
    found = [render_response(row, contact, open_cases, staff, fits=row.topic_id in topics) for row in rows]
    return sorted(found, key=lambda item: not item.fits)


def render_response(
    row: ReadyAnswer, contact: Contact, cases: Iterable[Case], staff: Staff, *, fits: bool = False
) -> OfferedResponse:
    """Return one canned response in the contact's language, with its placeholders filled from their cases."""
    lang = pick_language(row.texts, contact.language)
    text = fill_placeholders(row.texts.get(lang, ""), placeholder_values(contact, cases, staff, lang))
    return OfferedResponse(row.pk, row.name, text, lang, fits)


def pick_language(texts: Mapping[str, str], lang: str) -> str:
    """Return the code of the language to use: ``lang`` if there is a text in it, else Hebrew, else any."""
    return next((code for code in (lang, "he", *texts) if texts.get(code)), "")


def placeholder_values(contact: Contact, cases: Iterable[Case], staff: Staff, lang: str) -> dict[str, str]:
    """Return {placeholder name: text to put in its place}, "" for a value that is not known."""
    case = next(iter(cases), None)
    return {
        "name": contact.name,
        "number": str(case.number) if case else "",
        "agency": in_language(contact.agency.names, lang),
        "me": staff.signature or staff.name,
    }


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its {placeholders} replaced by ``values``, in one pass (values are not searched).

    An unknown value also removes the space before it: "Hello {name}," becomes "Hello,".
    """

    def put(found: re.Match[str]) -> str:
        """Return the value for one matched placeholder, after the blank before it; "" where there is none."""
        value = values.get(found[2], "")
        return found[1] + value if value else ""

    return OURS.sub(put, text)


def unknown_placeholders(text: str) -> list[str]:
    """Return the names in {braces} that are not placeholders, most often typing errors."""
    return [name for name in PLACE.findall(text) if name not in PLACEHOLDERS]
