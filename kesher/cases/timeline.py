"""Build a person's conversation for the staff's page: messages of all channels in order of arrival."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.models import Staff
from kesher.cases.channel_presenter import ChannelBadge, channel_badge
from kesher.cases.presenters import present_situation
from kesher.contacts.models import Contact
from kesher.conversations.delivery.leases import EXPIRED, LOST
from kesher.conversations.message_routing import AWAITS_TRANSCRIPT
from kesher.conversations.models import Conversation, Delivery, Message
from kesher.conversations.services.automatic_replies import describe_limit
from kesher.conversations.services.events.provider_events import SENT_ELSEWHERE
from kesher.conversations.services.events.unreadable_messages import UNREAD
from kesher.conversations.services.late_content.transcripts import is_transcript
from kesher.conversations.services.public_messages.comment_moderation import list_actions
from kesher.conversations.services.reply import TAKEN_BACK
from kesher.core.models import Attachment

PAGE = 40
AROUND = 8  # messages below a search hit
LATE = timedelta(seconds=60)
JOINED = timedelta(minutes=5)
AGAIN = frozenset({"failed", "unknown"})
OWN_REASONS: dict[str, Promise] = {
    EXPIRED: gettext_lazy("The code was not good any more"),
    LOST: gettext_lazy("What was to be sent is gone"),
}
ACTIONS: dict[str, Promise] = {
    "hide": gettext_lazy("Hide from others"),
    "show": gettext_lazy("Show to others again"),
    "like": gettext_lazy("Like"),
}
SECRETS: dict[tuple[str, str], Promise] = {
    ("out", "code"): gettext_lazy("A code was sent. Only the person can read it."),
    ("public", "link"): gettext_lazy("A link to continue privately was sent. Whoever opens it first uses it up."),
    ("out", "link"): gettext_lazy("A private link was sent. Only the person can open it."),
    ("in", "code"): gettext_lazy("The person wrote a code. It is left out here."),
    ("in", "form"): gettext_lazy("The person wrote a code. It is left out here."),
}
STATES: dict[str, Promise] = {
    "queued": gettext_lazy("Waiting to go out"),
    "sending": gettext_lazy("Waiting to go out"),
    "sent": gettext_lazy("Sent"),
    "delivered": gettext_lazy("Delivered"),
    "read": gettext_lazy("Read"),
    "failed": gettext_lazy("Not sent"),
    "unknown": gettext_lazy("It may not have arrived"),
}
FILE_ICONS = {"image": "image", "sticker": "image", "audio": "megaphone", "video": "camera"}


@dataclass(slots=True)
class Entry:
    """One message as the template renders it.

    ``at`` is the time to show: for a late message the time it was written. ``day`` is the separator above it, "" inside
    a day.
    """

    pk: int
    direction: str
    text: str
    lang: str
    who: str
    mark: ChannelBadge | None
    at: datetime
    arrived: datetime
    late: bool
    state: str
    state_title: str
    error: str = ""
    secret: str = ""  # says that a code or a private link is left out
    private_links: list[str] = field(default_factory=list)  # their titles
    again: bool = False  # it may not have arrived
    repeat: bool = False  # and may be sent again
    options: list[tuple[str, bool]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    transcript: str = ""  # says who wrote down what is said in it
    voice: bool = False  # what is said in it may be written down
    place: dict[str, str] = field(default_factory=dict)
    quote: str = ""
    subject: str = ""
    written_from: str = ""  # another mailbox than the known one
    unread: bool = False  # it could not be read; the text says so
    unanswered: str = ""  # why the bot did not answer it
    danger: str = ""  # which danger it tells of, or may tell of
    tier: str = ""  # "sure" or "possible"
    reaction: str = ""
    edited: bool = False
    before: str = ""
    deleted: bool = False
    public: bool = False  # everybody can read it
    reach: str = ""  # "public", or "private" where public ones are on the page, too
    url: str = ""  # where it stands in public
    actions: list[tuple[str, str]] = field(default_factory=list)  # (action, title): what staff may do there
    hidden: bool = False  # staff hid it there
    taken_back: bool = False
    undo: bool = False
    day: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of a stream, oldest first.

    ``earlier`` and ``later`` are message ids to page by, 0 if there is no more; ``fetching``: a file is still being
    downloaded. ``open_message``: the person's newest message, if nobody has answered it.
    """

    entries: tuple[Entry, ...]
    earlier: int
    later: int
    fetching: bool
    open_message: Message | None = None


def read_timeline(contact: Contact, *, before: int = 0, around: int = 0, staff: Staff | None = None) -> TimelinePage:
    """Return one page of a contact's messages: the newest, those before a message, or those around one.

    ``staff``: the reader, who may take back a recent answer.
    """
    talks = dict(Conversation.objects.filter(contact__in=contact.family_ids()).values_list("pk", "held"))
    rows = (
        Message.objects.filter(conversation__in=talks)
        .select_related("author", "account")
        .prefetch_related("attachments")
    )
    newest_first = rows.order_by("-received", "-id")
    below: list[Message] = []
    pivot = rows.filter(pk=before or around).first() if before or around else None
    if pivot is not None:
        newest_first = newest_first.filter(
            Q(received__lt=pivot.received) | Q(id__lt=pivot.pk + bool(around)), received__lte=pivot.received
        )
        newer = rows.filter(Q(received__gt=pivot.received) | Q(id__gt=pivot.pk), received__gte=pivot.received)
        below = list(newer.order_by("received", "id")[: AROUND if around else 1])
    page = list(newest_first[: PAGE + 1])
    more = len(page) > PAGE
    messages = [*reversed(page[:PAGE]), *(below if around else [])]
    return TimelinePage(
        entries=make_entries(messages, staff),
        earlier=messages[0].pk if more else 0,
        later=below[-1].pk if below else 0,
        fetching=any(file.state == "fetching" for row in messages for file in row.attachments.all()),
        open_message=find_open_message(messages, held=any(talks.values())),
    )


def find_open_message(messages: Sequence[Message], *, held: bool) -> Message | None:
    """Return the person's newest message of a page, oldest first, unless something was sent after it.

    While a clerk holds the conversation, that is what a member of staff sent: the bot only says that it arrives.
    """
    ours = {row.pk for row in messages if is_sent(row) and (row.author_id is not None or not held)}
    newest = next((row for row in reversed(messages) if row.direction == "in" or row.pk in ours), None)
    return newest if newest is not None and newest.direction == "in" else None


def is_sent(row: Message) -> bool:
    """Return whether a message went out or will, and was not taken back."""
    return row.direction == "out" and row.state != TAKEN_BACK


def make_entries(messages: Sequence[Message], staff: Staff | None = None) -> tuple[Entry, ...]:
    """Return messages as entries of the desk's stream, with quoted texts, chosen options and delivery errors."""
    errors = delivery_errors(messages)
    quotes = {row.external_id: row.text[:100] for row in messages if row.external_id}
    chosen = {str(row.content["choice"]) for row in messages if row.content.get("choice")}
    mixed = any(row.public for row in messages)
    made: list[Entry] = []
    for row in messages:
        entry = make_entry(row, chosen)
        if mixed and row.direction in ("in", "out"):
            entry.reach = "public" if row.public else "private"
        entry.undo = staff is not None and may_take_back(row, staff)
        entry.error = errors.get(row.pk, "")
        entry.quote = quotes.get(row.reply_to, "") if row.reply_to else ""
        join_to_previous(entry, made[-1] if made else None)
        made.append(entry)
    return tuple(made)


def delivery_errors(messages: Iterable[Message]) -> dict[int, str]:
    """Return {message id: why it was not sent}, in the provider's or our words."""
    bad = [row.pk for row in messages if row.state in AGAIN]
    if not bad:
        return {}
    found = Delivery.objects.filter(message__in=bad, state__in=AGAIN).exclude(error="")
    return {pk: str(OWN_REASONS.get(error, error)) for pk, error in found.values_list("message_id", "error")}


def make_entry(row: Message, chosen: set[str]) -> Entry:
    """Return one message as an entry of the desk's stream, without what depends on other messages."""
    files = list(row.attachments.all())
    late = row.direction == "in" and row.said_at is not None and row.received - row.said_at > LATE
    content = row.content
    place = content.get("place")
    danger, tier = present_situation(row)
    return Entry(
        pk=row.pk,
        direction=row.direction,
        text=row.text,
        lang=row.lang,
        who=author_name(row),
        mark=channel_badge(row.channel) if row.channel else None,
        at=row.said_at if late and row.said_at else row.received,
        arrived=row.received,
        late=late,
        state=row.state if row.direction == "out" and row.state in STATES else "",
        state_title=str(STATES.get(row.state, "")) if row.direction == "out" else "",
        secret=str(SECRETS.get(("public" if row.public else row.direction, content.get("secret", "")), "")),
        private_links=[str(title) for title in content.get("private", ())],
        again=row.direction == "out" and row.state in AGAIN,
        repeat=not content.get("secret"),
        options=[(option["title"], str(option["key"]) in chosen) for option in content.get("options", ())],
        links=[(str(title), str(url)) for title, url in content.get("links", ())],
        files=[present_file(file) for file in files],
        transcript=describe_transcript(row),
        voice=row.direction == "in"
        and (not row.text or is_transcript(row))
        and any(file.kind == "audio" for file in files),
        place=present_place(place) if place else {},
        subject=str(content.get("subject", "")),
        written_from=str(content.get("from", "")),
        unread=row.state == UNREAD and row.direction == "in",
        unanswered=describe_limit(content.get("unanswered", "")),
        danger=danger,
        tier=tier,
        reaction=str(content.get("reaction", "")),
        edited=row.edited_at is not None,
        before=str(content.get("before", "")),
        deleted=row.deleted_at is not None,
        public=row.public,
        url=public_url(row),
        actions=[(action, str(ACTIONS[action])) for action in list_actions(row)],
        hidden=bool(content.get("hidden")),
        taken_back=row.state == TAKEN_BACK,
    )


def public_url(row: Message) -> str:
    """Return the address of a public message on its network; "" if it has none."""
    url = str(row.content.get("url") or row.external_id)
    return url if row.public and url.startswith(("https://", "http://")) else ""


def describe_transcript(row: Message) -> str:
    """Return who wrote down what is said in a voice message; "" for no transcript."""
    if row.state == AWAITS_TRANSCRIPT:
        return _("Being transcribed")
    if not is_transcript(row):
        return ""
    if not row.text:
        return _("Could not be transcribed automatically")
    return _("Transcribed by a clerk") if row.content["transcript"]["by"] else _("Transcribed automatically")


def may_take_back(row: Message, staff: Staff) -> bool:
    """Return whether this clerk wrote the message so recently that it may still be withdrawn before it is sent.

    Whether it was, the service decides.
    """
    if row.state != "queued" or row.author_id != staff.pk or row.direction != "out":
        return False
    return timezone.now() - row.received < timedelta(seconds=settings.KESHER_UNDO_SECONDS)


def author_name(row: Message) -> str:
    """Return the name of who wrote a message as shown: the clerk, or "Automatic answer"; "" for the person."""
    if row.author is not None:
        return row.author.name
    if row.content.get(SENT_ELSEWHERE):
        return _("Written in the app of %(channel)s") % {"channel": channel_badge(row.channel).title}
    return _("Automatic answer") if row.direction == "out" else ""


def join_to_previous(entry: Entry, above: Entry | None) -> None:
    """Set an entry's day separator; join it to the one above if the same author wrote both within minutes."""
    day = timezone.localtime(entry.arrived).date()
    if above is None or timezone.localtime(above.arrived).date() != day:
        entry.day = day_name(day)
    elif entry.direction in ("in", "out"):
        same = (above.direction, above.who, above.mark, above.public) == (
            entry.direction,
            entry.who,
            entry.mark,
            entry.public,
        )
        entry.joined = same and entry.arrived - above.arrived < JOINED


def day_name(day: date) -> str:
    """Return "today", "yesterday", a weekday within a week, or the date, in the current language."""
    gone = (timezone.localdate() - day).days
    if gone == 0:
        return _("Today")
    if gone == 1:
        return _("Yesterday")
    return date_format(day, "l" if 1 < gone < 6 else "DATE_FORMAT")


def present_file(file: Attachment) -> dict[str, Any]:
    """Return an attachment as the template renders it; a refused one with the reason."""
    return {
        "url": reverse("site:file", args=[file.key]),
        "name": file.name or _("File"),
        "alt": file.alt or file.name or _("Picture that was sent"),
        "kind": file.kind,
        "icon": FILE_ICONS.get(file.kind, "file"),
        "state": file.state,
        "reason": file.reason,
        "size": file.size,
        "width": file.width or 320,
        "height": file.height or 240,
    }


def present_place(place: dict[str, Any]) -> dict[str, str]:
    """Return a shared location as its address and a link to an outside map, which nobody contacts before a click."""
    lat, lon = float(place["lat"]), float(place["lon"])
    url = f"https://www.openstreetmap.org/?mlat={lat:.6f}&mlon={lon:.6f}#map=18/{lat:.6f}/{lon:.6f}"
    return {"url": url, "address": str(place.get("address") or place.get("label") or "")}
