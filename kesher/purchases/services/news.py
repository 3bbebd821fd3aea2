"""Message a purchase's members and sellers in their language, and add events to its page."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kesher.agencies.models import Staff
from kesher.agencies.services import staff_actor
from kesher.contacts.models import Consent, Contact
from kesher.conversations.models import Broadcast
from kesher.conversations.services import broadcast
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.db.agency_scope import everywhere, scope
from kesher.core.errors import Refused
from kesher.core.http.throttle import allow
from kesher.core.live.live_events import publish
from kesher.core.templatetags.ui import deadline
from kesher.initiatives.services import in_all_languages, nonempty_texts, send_news, settle_news
from kesher.participation.models import Participation
from kesher.purchases.models import News, Offer, Pledge, Purchase, Step
from kesher.purchases.prices import money, progress
from kesher.purchases.rules import may_send_news

# Messages about a purchase that a person joined answer their own request, and need no further consent.
OWN = Consent.Purpose.SERVICE
NEWS = Consent.Purpose.INFORMATION
PRICE_NEWS_A_DAY = 4  # a price between two steps must not cause messages all day


def record_step(
    purchase: Purchase,
    event: str,
    *,
    before: str = "",
    after: str = "",
    texts: Mapping[str, str] | None = None,
    staff: Staff | None = None,
    data: Mapping[str, Any] | None = None,
) -> Step:
    """Append a step to the history of a purchase, which its page shows."""
    return Step.objects.create(
        agency_id=purchase.agency_id,
        purchase=purchase,
        verb=event,
        before=before,
        after=after,
        texts=dict(texts or {}),
        data=dict(data or {}),
        by=staff,
    )


def pledgers(purchase: Purchase, *standings: str) -> QuerySet[Contact]:
    """Return the people whose pledge has one of these standings (default: pledged, offered or waiting)."""
    rows = Pledge.objects.of(purchase).joined()
    rows = rows.filter(standing__in=standings) if standings else rows
    return Contact.objects.filter(pk__in=rows.values("participation__contact"))


def interested_people(purchase: Purchase) -> QuerySet[Contact]:
    """Return the people who are interested in a purchase."""
    rows = Participation.objects.filter(action=purchase.action, state=Participation.State.COUNTED)
    return Contact.objects.filter(pk__in=rows.values("contact"))


def message_people(
    people: QuerySet[Contact],
    purchase: Purchase,
    make: Callable[[], str],
    *,
    purpose: str = OWN,
    staff: Staff | None = None,
    secrets: Collection[str] = (),
) -> Broadcast | None:
    """Queue a message about a purchase to these people, with its title and link; None for nobody.

    ``make`` returns the text in the active language. ``secrets``: see `broadcast`.
    """
    audience = list(people.select_related("merged_into"))
    if not audience:
        return None
    texts = in_all_languages(lambda: f"{purchase.title}\n{make()}\n{purchase.page_url}")
    name = f"{purchase.code} {purchase.title}"[:120]
    return broadcast(audience, name=name, texts=texts, purpose=purpose, staff=staff, secrets=secrets)


def organiser_of(purchase: Purchase) -> QuerySet[Contact]:
    """Return the contact who organises a purchase; empty where the agency does."""
    return Contact.objects.filter(purchases=purchase)


def without_organiser(people: QuerySet[Contact], purchase: Purchase) -> QuerySet[Contact]:
    """Return these people without the purchase's organiser, who gets a message of their own."""
    organiser = organiser_of(purchase).first()
    return people if organiser is None else people.exclude(pk__in=organiser.root().family_ids())


def message_organiser(purchase: Purchase, make: Callable[[], str], *, staff: Staff | None = None) -> None:
    """Queue a message to a purchase's organiser, whether or not they pledged."""
    message_people(organiser_of(purchase), purchase, make, staff=staff)


def announce_prices() -> int:
    """Message pledgers of all running purchases whose price changed; return of how many purchases."""
    with everywhere("prices of purchases"):
        rows = list(Purchase.objects.filter(state__in=["open", "filling"]).with_page()[:500])
    moved = [row for row in rows if progress(row).price != row.told_price]
    for row in moved:
        with scope(row.agency_id):
            announce_price(row)
    return len(moved)


@transaction.atomic
def announce_price(purchase: Purchase) -> None:
    """Store a purchase's new price and message its pledgers, a few times a day at most."""
    if not allow(f"purchases:price:{purchase.pk}", PRICE_NEWS_A_DAY, 86_400):
        return
    before, now = purchase.told_price, progress(purchase)
    if not Purchase.objects.filter(pk=purchase.pk, told_price=before).update(told_price=now.price):
        return
    record_step(purchase, "price", data={"before": before, "price": now.price, "taken": purchase.asked})
    audit("purchases.price", by=SYSTEM, subject=purchase, price=now.price, taken=purchase.asked)
    people = pledgers(purchase, Pledge.Standing.IN, Pledge.Standing.OFFERED)
    newest = Pledge.objects.of(purchase).order_by("-id").select_related("participation").first()
    if newest is not None and newest.change > 0:
        people = people.exclude(pk=newest.participation.contact_id)  # the receipt named the new price
    fell = before is None or now.price < before
    message_people(people, purchase, lambda: price_message(purchase, fell=fell))
    publish(purchase.action.stream)


def price_message(purchase: Purchase, *, fell: bool) -> str:
    """Return the message to pledgers that the price fell or rose."""
    now = progress(purchase)
    known = {"price": money(now.price), "count": purchase.asked}
    first = (
        _("The price fell: each unit now costs %(price)s for everybody, with %(count)s units together.")
        if fell
        else _("Some gave up their pledge: each unit now costs %(price)s, with %(count)s units together.")
    ) % known
    return f"{first} {next_price_notice(purchase)}".strip()


def next_price_notice(purchase: Purchase) -> str:
    """Return how many units are missing to the next price ("7 more to ₪4,200 each."); "" if none is."""
    now = progress(purchase)
    if not now.more:
        return ""
    return _("%(count)s more to %(price)s each.") % {"count": now.more, "price": money(now.next_price)}


@transaction.atomic
def propose_news(purchase: Purchase, text: str, *, language: str, by: Actor) -> News:
    """Store an organiser's news, which staff review before members get them. Raise Refused."""
    if not text.strip():
        raise Refused(_("Write something first."))
    # Locked: the second of two clicks must find the first one's news.
    purchase = Purchase.objects.with_page().select_for_update(of=("self",), no_key=True).get(pk=purchase.pk)
    if not may_send_news(purchase):
        raise Refused(_("News can be written from the publication until everything is handed out."))
    if purchase.news.filter(state=News.State.WAITING).exists():
        raise Refused(_("Your last news are still being read by us. Wait for these first."))
    row = News.objects.create(agency_id=purchase.agency_id, purchase=purchase, texts={language: text.strip()})
    audit("purchases.propose_news", by=by, subject=purchase, news=row.pk)
    publish(purchase.action.stream)
    return row


@transaction.atomic
def decide_news(row: News, *, staff: Staff, allow: bool, note: str = "") -> None:
    """Send an organiser's news to members, or refuse them with a reason for the organiser. Raise Refused."""
    note = settle_news(row, staff=staff, allow=allow, note=note)
    purchase = row.purchase
    if allow:
        publish_news(purchase, row.texts, staff=staff)
    message_organiser(purchase, lambda: news_decided_message(note), staff=staff)
    audit("purchases.decide_news", by=staff_actor(staff), subject=purchase, news=row.pk, allowed=allow)
    publish(purchase.action.stream)


def news_decided_message(why: str) -> str:
    """Return the message to the organiser that their news were sent, or ``why`` they were refused."""
    if why:
        return _("Your news were not sent: %(why)s") % {"why": why}
    return _("Your news are on the page, and on their way to everybody who joined.")


@transaction.atomic
def publish_news(purchase: Purchase, texts: Mapping[str, str], *, staff: Staff) -> Step:
    """Show news on a purchase's page, and message all who pledged or are interested. Raise Refused."""
    words = nonempty_texts(texts)
    if not purchase.is_public:
        raise Refused(_("Publish the purchase first: nobody has seen it yet."))
    step = record_step(purchase, "news", texts=words, staff=staff)
    # For pledgers it is about their own order; the others must have consented to news.
    own = pledgers(purchase)
    for people, purpose in ((own, OWN), (interested_people(purchase).exclude(pk__in=own.values("pk")), NEWS)):
        audience = list(people.select_related("merged_into"))
        if audience:
            # News about one's own order have no topic to unsubscribe from.
            topic = "purchases" if purpose == NEWS else ""
            name = f"{purchase.code} news"
            send_news(purchase, audience, words, name=name, purpose=purpose, topic=topic, staff=staff)
    audit("purchases.news", by=staff_actor(staff), subject=purchase, step=step.pk)
    publish(purchase.action.stream)
    return step


ALIVE = (Offer.State.PROPOSED, Offer.State.PUBLISHED)


def message_seller(offer: Offer, make: Callable[[], str], *, staff: Staff | None = None) -> None:
    """Queue a message to the seller of an offer; none for offers that the desk wrote down."""
    if offer.contact_id is not None:
        message_people(Contact.objects.filter(pk=offer.contact_id), offer.purchase, make, staff=staff)


def review_message(offer: Offer) -> str:
    """Return the message to a seller that their offer was published or refused."""
    known = {"code": offer.purchase.code, "why": offer.reason}
    if offer.state == Offer.State.PUBLISHED:
        words = _(
            "Your offer is published, and members compare it with the others. We write to you when one of them is chosen. To make a better one, write: offer %(code)s"
        )
        return words % known
    return _("Your offer was not published: %(why)s\nTo make another one, write: offer %(code)s") % known


def announce_choice(row: Purchase, *, staff: Staff | None) -> None:
    """Message the sellers of published offers, each once, which offer was chosen.

    The seller of an offer that waits for its review hears of that first.
    """
    assert row.offer is not None
    message_seller(row.offer, partial(chosen_message, row), staff=staff)
    told = {row.offer.contact_id}
    for offer in row.offers.filter(state=Offer.State.PUBLISHED).select_related("purchase__action").order_by("id"):
        if offer.contact_id not in told:
            told.add(offer.contact_id)
            message_seller(offer, partial(passed_over_message, row), staff=staff)


def chosen_message(row: Purchase) -> str:
    """Return the message to the seller whose offer was chosen."""
    words = _("Your offer was chosen. People join until %(day)s; then we write to you how many units it came to.")
    return words % {"day": deadline_in_words(row)}


def passed_over_message(row: Purchase) -> str:
    """Return the message to sellers whose offer was not chosen; they may still make a better one."""
    assert row.offer is not None
    known = {"seller": row.offer.seller, "price": money(row.offer.ladder[-1].price)}
    words = _("Another offer was chosen: %(seller)s, down to %(price)s each.") % known
    better = _("Until %(day)s you may make a better one; to do so, write: offer %(code)s")
    return f"{words} {better % {'day': deadline_in_words(row), 'code': row.code}}"


def deadline_in_words(row: Purchase) -> str:
    """Return the purchase's deadline in words."""
    assert row.closes_at is not None
    return deadline(row.closes_at, "short")


def announce_end(row: Purchase) -> None:
    """Message the seller of the chosen offer that pledging is over, and how many units were pledged."""
    if row.offer is not None:
        message_seller(row.offer, partial(end_message, row))


def end_message(row: Purchase) -> str:
    """Return the message to the seller on how pledging ended, and how many units will be ordered."""
    if row.state == Purchase.State.FAILED:
        return _(
            "The purchase did not come about: there were fewer units than the minimum. Nothing is ordered from you."
        )
    if row.state == Purchase.State.FILLING:
        return _("The deadline is over, and the last box is being filled. We write to you when the number is final.")
    words = ngettext(
        "The purchase is closed: %(count)s unit at %(price)s each, VAT included. The organiser orders it from you.",
        "The purchase is closed: %(count)s units at %(price)s each, VAT included. The organiser orders them from you.",
        row.allotted,
    )
    return words % {"count": row.allotted, "price": money(row.price or 0)}


def announce_cancellation(row: Purchase, *, staff: Staff | None) -> None:
    """Message all sellers with an offer that the purchase was cancelled."""
    sellers = Contact.objects.filter(pk__in=row.offers.filter(state__in=ALIVE).values("contact"))
    message_people(sellers, row, lambda: _("This purchase was called off: %(why)s") % {"why": row.reason}, staff=staff)
