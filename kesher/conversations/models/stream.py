"""Models of conversations: messages, routes to people, provider events."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kesher.agencies.models import AgencyOwned, Staff
from kesher.channels.models import Account
from kesher.contacts.models import Contact, Identity
from kesher.core.db.agency_scope import ScopedManager, ScopedQuerySet
from kesher.core.models import Attachment
from kesher.core.secrets import SecretField

POSSIBLE_LIFE = timedelta(days=7)  # for which the desk marks what may have been a danger and nobody answered
CALM = Q(danger_at=None) | Q(danger_at__lt=models.F("waiting_since"))  # no danger to life since the wait began


class ConversationQuerySet(ScopedQuerySet["Conversation"]):
    """Conversations, as the inbox lists them."""

    def waiting(self) -> Self:
        """Return the conversations that wait for a clerk: danger to life first, then the longest wait."""
        found = self.filter(waiting_since__isnull=False, hidden=False).exclude(contact__status=Contact.Status.BLOCKED)
        one = models.When(CALM, then=models.Value(1))
        calm = models.Case(one, default=models.Value(0), output_field=models.SmallIntegerField())
        return found.order_by(calm, "waiting_since", "id")

    def recent(self) -> Self:
        """Return the conversations that have messages, the most recent first."""
        return self.filter(last_at__isnull=False).order_by("-last_at", "-id")


class Conversation(AgencyOwned):
    """The stream of one contact. It keeps what the inbox shows, so that a list reads no messages."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="conversation")
    last_seq = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    last_in_at = models.DateTimeField(null=True)
    last_out_at = models.DateTimeField(null=True)
    last_text = models.CharField(max_length=140, blank=True)
    last_channel = models.CharField(max_length=30, blank=True)
    last_public = models.BooleanField(default=False)  # everybody can read the last message
    waiting_since = models.DateTimeField(null=True)
    assignee = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="conversations")
    held = models.BooleanField(default=False)  # a clerk holds it: the bot is silent
    reopens_until = models.DateTimeField(null=True)  # until then free text is about a solved request
    answers = models.PositiveIntegerField(default=0)  # automatic answers on `answered_on`
    answered_on = models.DateField(null=True)
    danger_at = models.DateTimeField(null=True)  # when they wrote of a danger to life
    danger_kind = models.CharField(max_length=12, blank=True)  # "suicide", "gas" …; "danger" for no special one
    possible_at = models.DateTimeField(null=True)  # when their words may have told of one; None once a clerk answered
    possible_kind = models.CharField(max_length=12, blank=True)  # the same, or "abuse"
    hidden = models.BooleanField(default=False)  # shown in the conversation of the contact that it was merged into

    objects = ScopedManager.from_queryset(ConversationQuerySet)()

    class Meta(AgencyOwned.Meta):
        indexes = [
            models.Index(
                fields=["agency", "waiting_since", "id"],
                name="conversation_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
            models.Index(fields=["agency", "-last_at", "-id"], name="conversation_recent"),
            models.Index(fields=["agency", "assignee", "-last_at"], name="conversation_mine"),
        ]

    def __str__(self) -> str:
        """Return the conversation's primary key in words."""
        return f"conversation {self.pk}"

    @property
    def stream(self) -> str:
        """Return the name of the conversation's stream of live events."""
        return f"conversation:{self.pk}"

    @property
    def in_danger(self) -> bool:
        """Return whether the person wrote of a danger to life and no clerk has answered yet."""
        return bool(self.danger_at and self.waiting_since and self.danger_at >= self.waiting_since)

    @property
    def may_be_in_danger(self) -> bool:
        """Return whether the person's words may have told of a danger lately, and no clerk has answered since."""
        return self.possible_at is not None and self.possible_at > timezone.now() - POSSIBLE_LIFE


class Route(AgencyOwned):
    """A way to reach a person: one of their addresses on one of our accounts, and when it was last used."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="routes")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="routes")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="routes")
    last_in_at = models.DateTimeField(null=True)
    thread = models.JSONField(default=dict)  # what an answer needs to stay in the mail thread
    closed = models.BooleanField(default=False)  # the provider says that the address is not in use

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["identity", "account"], name="route_once")]

    def __str__(self) -> str:
        """Return the account and the address that it reaches."""
        return f"{self.account} → {self.identity}"


class MessageQuerySet(ScopedQuerySet["Message"]):
    """Messages, across the conversations of merged contacts."""

    def stream(self, contact_ids: list[int]) -> Self:
        """Return the messages of a person (a contact and all merged into it), oldest first."""
        return self.filter(conversation__contact__in=contact_ids).order_by("received", "id")


class Message(AgencyOwned):
    """One message, note or event of a conversation.

    ``content`` holds what is not text: options shown, a place, mail headers, a template. Codes and private links are
    left out of ``text`` and ``content``; ``content["secret"]`` says that there was one. ``sealed``: the full message,
    where we show it ourselves (web chat), for that visitor alone. ``public``: everybody can read it, in the provider's
    thread ``thread``.
    """

    class Direction(models.TextChoices):
        """Who wrote it: the person, the agency, a clerk for colleagues, or the system."""

        IN = "in"
        OUT = "out"
        NOTE = "note"
        EVENT = "event"

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    seq = models.PositiveIntegerField()
    direction = models.CharField(max_length=5, choices=Direction.choices)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=30, blank=True)
    dedup_key = models.CharField(max_length=180, null=True)  # noqa: DJ001  # null: outgoing, and not unique
    external_id = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=200, blank=True)
    public = models.BooleanField(default=False)
    thread = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True)
    lang = models.CharField(max_length=8, blank=True)
    content = models.JSONField(default=dict)
    sealed = SecretField(default=dict)
    purpose = models.CharField(max_length=12, default="service")
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, default="received")
    said_at = models.DateTimeField(null=True)  # the provider's time
    received = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    attachments = models.ManyToManyField(Attachment, related_name="messages", blank=True)
    intake = models.UUIDField(null=True)  # its raw request, while that is stored

    objects = ScopedManager.from_queryset(MessageQuerySet)()
    network = ""  # no column: the visitor's network, encrypted; visitors on it share a limit
    typed = ""  # no column: the original text, if a code is left out of ``text``

    class Meta(AgencyOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["account", "dedup_key"], name="message_received_once"),
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
        ]
        indexes = [
            models.Index(fields=["account", "external_id"], name="message_external", condition=~Q(external_id="")),
            models.Index(fields=["account", "id"], name="message_unread", condition=Q(state="unread")),
            models.Index(fields=["id"], name="message_voice", condition=Q(state="voice")),
        ]

    def __str__(self) -> str:
        """Return the message's direction and its number in the conversation."""
        return f"{self.direction} {self.seq}"

    @property
    def is_for_person(self) -> bool:
        """Return whether the bot cannot read or answer this message and must leave it to a clerk."""
        return self.state == "unread" or bool(self.content.get("holds"))


class ChannelEvent(AgencyOwned):
    """What arrived that is not a message: receipts, edits, reactions, account news, and the unknown.

    ``parked``: its message has not arrived; it is applied when that comes, or dropped after a day. ``unknown``: it
    could not be read, or had no sender; the desk shows it until it is read (`replay`) or dropped.
    """

    class State(models.TextChoices):
        """What was done with an event."""

        APPLIED = "applied"
        PARKED = "parked"
        UNKNOWN = "unknown"
        IGNORED = "ignored"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="events")
    dedup_key = models.CharField(max_length=180)
    kind = models.CharField(max_length=20)
    target = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices)
    intake = models.UUIDField(null=True)  # its raw request, while that is stored
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta(AgencyOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["account", "dedup_key"], name="event_received_once")]
        indexes = [
            models.Index(fields=["account", "target"], name="event_parked", condition=Q(state="parked")),
            models.Index(fields=["account", "-id"], name="event_unknown", condition=Q(state="unknown")),
            models.Index(fields=["intake"], name="event_intake", condition=Q(intake__isnull=False)),
        ]

    def __str__(self) -> str:
        """Return the kind of event and the message that it is about."""
        return f"{self.kind} {self.target}"
