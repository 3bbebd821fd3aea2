"""Demo data loader: conversations, line by line through the usual writer, at their times in the past."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation

from kesher.agencies.models import Staff
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.cases.services import open_case
from kesher.channels.base import Address, Location
from kesher.channels.models import Account
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import get_or_create_identity, record_consent, suggest_merge
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services import conversation_of, writing
from kesher.conversations.services.conversation_writer import Writer
from kesher.core.attachments import store_attachment
from kesher.core.ids import token
from kesher.core.models import Attachment
from kesher.reports.models import ServiceRequest
from kesher.reports.services import standard_time
from kesher.site.demo import town
from kesher.site.demo.talks import Line, Matter, Talk
from kesher.site.demo.talks_he import TALKS
from kesher.site.demo.talks_more import ARABIC, ENGLISH, RUSSIAN

SCHEMES = {"whatsapp": "tel", "sms": "tel", "kannel": "tel", "telegram": "tg", "email": "mailto", "webchat": "web"}
ENDED = frozenset({"solved", "closed"})


def load_talks(topics: dict[str, Topic], accounts: dict[str, Account], staff: dict[str, Staff]) -> None:
    """Create all of the demo's conversations, oldest first, so that case numbers grow with time."""
    talks = sorted((*TALKS, *ARABIC, *RUSSIAN, *ENGLISH), key=lambda talk: -talk.lines[0].ago)
    known: dict[str, Contact] = {}
    for talk in talks:
        contact = ConversationWriter(talk, topics, accounts, staff).tell()
        twin = known.get(talk.name) if talk.name else None
        if twin is not None:
            suggest_merge(twin, contact, reason="same_name", evidence={"name": talk.name})
        known[talk.name] = contact


class ConversationWriter:
    """Writes one conversation."""

    def __init__(
        self, talk: Talk, topics: dict[str, Topic], accounts: dict[str, Account], staff: dict[str, Staff]
    ) -> None:
        """Create the person and routes of a demo conversation, whose messages are still to be written."""
        self.talk, self.topics, self.accounts, self.staff = talk, topics, accounts, staff
        self.now = timezone.now()
        self.case: Case | None = None
        self.identities = self.meet()
        self.conversation = conversation_of(self.identities[talk.channel].contact)
        self.routes = self.open_routes()

    def at(self, ago: float) -> datetime:
        """Return the moment `ago` minutes before now."""
        return self.now - timedelta(minutes=ago)

    def meet(self) -> dict[str, Identity]:
        """Create the person's identities and return them by channel; several count as verified."""
        found: dict[str, Identity] = {}
        level = 2 if len(self.talk.addresses) > 1 else 1
        for channel, address in self.talk.addresses.items():
            where = Address(SCHEMES[channel], address, self.talk.name)
            first = next(iter(found.values()), None)
            aliases = [Address(first.scheme, first.address)] if first else []
            assurance = 0 if channel in ("webchat", "email") and level == 1 else level
            found[channel] = get_or_create_identity(
                where, assurance=assurance, aliases=aliases, language=self.talk.lang
            )
        contact = found[self.talk.channel].contact
        contact.noticed_at = self.at(self.talk.lines[0].ago)
        contact.save(update_fields=["noticed_at"])
        for identity in found.values():
            identity.contact = contact
        return found

    def open_routes(self) -> dict[str, Route]:
        """Create the conversation's routes and return them by channel."""
        rows = [
            Route(
                agency_id=self.conversation.agency_id,
                conversation=self.conversation,
                identity=identity,
                account=self.accounts[channel],
                last_in_at=self.last_in(channel),
                thread={"subject": self.subject} if channel == "email" else {},
            )
            for channel, identity in self.identities.items()
        ]
        return {row.account.channel: row for row in Route.objects.bulk_create(rows)}

    @property
    def subject(self) -> str:
        """Return the subject of the conversation's e-mails."""
        topic = self.topics.get(self.talk.matter.topic) if self.talk.matter else None
        return topic.names[self.talk.lang] if topic else town.NAMES[self.talk.lang]

    def last_in(self, channel: str) -> datetime | None:
        """Return when the person last wrote on this channel, or None."""
        agos = [
            line.ago for line in self.talk.lines if line.who == "in" and (line.channel or self.talk.channel) == channel
        ]
        return self.at(min(agos)) if agos else None

    def tell(self) -> Contact:
        """Write the conversation's messages and its case to the database, and return the contact."""
        matter = self.talk.matter
        for number, line in enumerate(self.talk.lines):
            with writing(self.conversation) as writer:
                message = self.write(writer, line)
            self.conversation = writer.conversation
            if matter is not None and number == matter.line:
                self.case = self.open(matter, line, message)
        if matter is not None and self.case is not None:
            self.settle(matter, self.case)
        self.finish()
        return self.conversation.contact

    def write(self, writer: Writer, line: Line) -> Message:
        """Write one line of the script as a message, and return it."""
        who, _colon, author = line.who.partition(":")
        channel = line.channel or self.talk.channel
        values: dict[str, Any] = {"received": self.at(line.ago), "text": self.filled(line.text), "lang": self.talk.lang}
        if who == "in":
            message = writer.add("in", **values, **self.from_person(line, channel))
        elif who in ("note", "event"):
            message = writer.add(who, **values, author=self.staff.get(author), state="kept")
        else:
            message = writer.add("out", **values, **self.to_person(line, who, channel))
            self.deliver(message, line)
        if line.picture is not None:
            message.attachments.add(draw_photo(line, self.talk.lang))
        return message

    def filled(self, text: str) -> str:
        """Return a text with the case's number, topic and standard time filled in."""
        if "{" not in text:
            return text
        matter = self.talk.matter
        topic = self.topics[matter.topic] if matter else None
        with translation.override(self.talk.lang):
            due = standard_time(topic) if topic else ""
        number = self.case.number if self.case else "{number}"
        return text.format(number=number, topic=topic.names[self.talk.lang] if topic else "", standard=due)

    def from_person(self, line: Line, channel: str) -> dict[str, Any]:
        """Return the model fields of a message that the person sent."""
        content: dict[str, Any] = {}
        if line.street is not None:
            names, lat, lon = town.STREETS[line.street]
            content["place"] = asdict(Location(lat, lon, "", names[self.talk.lang]))
        if line.picture is not None:
            content["files"] = 1
        if channel == "email":
            content["subject"] = self.subject
        return {
            "account": self.accounts[channel],
            "identity": self.identities[channel],
            "channel": channel,
            "dedup_key": f"demo|{token(12)}",
            "external_id": f"demo-{token(12)}",
            "said_at": self.at(line.ago),
            "content": content,
        }

    def to_person(self, line: Line, who: str, channel: str) -> dict[str, Any]:
        """Return the model fields of a message that the agency sent."""
        options = [{"key": f"demo:{number}", "title": title} for number, title in enumerate(line.options, 1)]
        return {
            "account": self.accounts[channel],
            "identity": self.identities[channel],
            "channel": channel,
            "author": self.staff.get(who),
            "state": line.state
            or ("read" if channel == "whatsapp" else "delivered" if channel in ("sms", "kannel") else "sent"),
            "content": {"options": options} if options else {},
        }

    def deliver(self, message: Message, line: Line) -> None:
        """Create the delivery record of an outbound message."""
        if message.channel == "webchat":
            return
        assert message.account is not None
        assert message.identity is not None
        Delivery.objects.create(
            agency_id=message.agency_id,
            message=message,
            account=message.account,
            identity=message.identity,
            payload={
                "to": {"scheme": SCHEMES[message.channel], "address": self.talk.addresses[message.channel]},
                "body": {"body": message.text},
                "text": message.text,
            },
            lane=Delivery.Lane.AGENT if message.author else Delivery.Lane.BOT,
            state=message.state,
            tries=1,
            error=line.error,
            external_id=f"demo-{token(12)}",
            sent_at=None if line.error else message.received,
        )  # fmt: skip

    def open(self, matter: Matter, line: Line, message: Message) -> Case:
        """Open the conversation's case at the time of this line and return it, with a report if it is one."""
        case = open_case(
            self.conversation,
            kind=matter.kind,
            topic=self.topics[matter.topic],
            title=self.filled(line.text) or self.topics[matter.topic].names[self.talk.lang],
            channel=self.talk.channel,
            waiting=False,
            at=message.received,
        )
        CaseEvent.objects.filter(case=case).update(at=message.received)
        if matter.kind == "report":
            self.report(case, matter, line, message)
        return case

    def report(self, case: Case, matter: Matter, line: Line, message: Message) -> None:
        """Create the report (description, place, photos) that belongs to a case."""
        names, lat, lon = town.STREETS[matter.street or 0]
        request = ServiceRequest(
            agency_id=case.agency_id, case=case, description=line.text, address=names[self.talk.lang], lat=lat, lon=lon,
            public=matter.public, door=self.talk.channel, level=1,
        )  # fmt: skip
        request.save(force_insert=True)
        request.photos.set(message.attachments.all())

    def settle(self, matter: Matter, case: Case) -> None:
        """Set the case's present state and write the history that led to it."""
        assignee = self.staff.get(matter.assignee)
        answers = [line.ago for line in self.talk.lines if line.who in self.staff]
        answered = self.at(max(answers)) if answers else None
        solved = self.at(matter.solved) if matter.solved is not None else None
        steps: list[tuple[str, str, str, datetime]] = []
        if matter.state != "new":
            steps.append(("start", "new", "open", answered or case.opened_at + timedelta(minutes=30)))
        verb = {"pending": "ask", "on_hold": "hold", "solved": "solve", "closed": "close"}.get(matter.state)
        if verb:
            steps.append((verb, "open", matter.state, solved or self.at(min(line.ago for line in self.talk.lines))))
        for name, before, after, at in steps:
            event = CaseEvent.objects.create(
                agency_id=case.agency_id, case=case, verb=name, before=before, after=after, by=assignee, public=True
            )
            CaseEvent.objects.filter(pk=event.pk).update(at=at)
        Case.objects.filter(pk=case.pk).update(
            state=matter.state,
            assignee=assignee,
            answered_at=answered,
            solved_at=solved if matter.state == "solved" else None,
            closed_at=solved if matter.state in ENDED else None,
            waiting_since=self.at(self.talk.waits) if self.talk.waits is not None else None,
        )

    def finish(self) -> None:
        """Set since when the conversation waits, its assignee, and the consents that were refused."""
        assignee = self.staff.get(self.talk.assignee)
        Conversation.objects.filter(pk=self.conversation.pk).update(
            waiting_since=self.at(self.talk.waits) if self.talk.waits is not None else None,
            assignee=assignee,
            held=self.talk.held,
        )
        if self.talk.refused:
            for purpose in (Consent.Purpose.INFORMATION, Consent.Purpose.PROMOTION, Consent.Purpose.OPINION):
                record_consent(self.identities[self.talk.channel], purpose, granted=False, source=self.talk.channel)


def draw_photo(line: Line, lang: str) -> Attachment:
    """Store a drawn picture as the photo that the person sent, and return it."""
    assert line.picture is not None
    return store_attachment(line.picture(), name=f"{line.picture.__name__}-{lang}.png")
