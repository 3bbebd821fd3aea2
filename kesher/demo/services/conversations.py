"""Demo data loader: conversations, message by message through the usual writer, at their times in the past."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from kesher.agencies.models import Staff
from kesher.cases.models import Case, CaseEvent, Topic
from kesher.cases.services import open_case
from kesher.channels.base import Address, Location
from kesher.contacts.models import Consent, Contact, Identity
from kesher.contacts.services import get_or_create_identity, record_consent, suggest_merge
from kesher.conversations.models import Conversation, Delivery, Message, Route
from kesher.conversations.services import conversation_of, writing
from kesher.core.db.ids import token
from kesher.demo.data_files import Row, Words, moment, read, span, store_picture
from kesher.demo.services.municipality import Municipality
from kesher.reports.models import ServiceRequest
from kesher.reports.services import standard_time

SCHEMES = {"whatsapp": "tel", "sms": "tel", "kannel": "tel", "telegram": "tg", "email": "mailto", "webchat": "web"}
STATES = {"whatsapp": "read", "sms": "delivered", "kannel": "delivered"}
STEPS = {"pending": "ask", "on_hold": "hold", "solved": "solve", "closed": "close"}


def load_conversations(municipality: Municipality) -> None:
    """Create all conversations, oldest first, so that case numbers grow with time."""
    rows = [row for lang in municipality.agency.languages for row in read(f"conversations/{lang}")]
    known: dict[str, Contact] = {}
    for row in sorted(rows, key=lambda row: span(row["messages"][0]["at"])):
        contact, name = ConversationLoader(row, municipality).load(), row.get("name", "")
        if name and name in known:
            suggest_merge(known[name], contact, reason="same_name", evidence={"name": name})
        known[name] = contact


class ConversationLoader:
    """Loads one conversation, with its person, routes and case."""

    def __init__(self, row: Row, municipality: Municipality) -> None:
        """Create the person and routes; the messages are still to be written."""
        self.row, self.municipality = row, municipality
        self.lang: str = row["lang"]
        self.channel = next(iter(row["addresses"]))
        self.topic: Topic | None = municipality.topics[row["case"]["topic"]] if "case" in row else None
        self.case: Case | None = None
        self.identities = self.create_identities()
        self.conversation = conversation_of(self.identities[self.channel].contact)
        self.create_routes()

    def create_identities(self) -> dict[str, Identity]:
        """Create the person's identities and return them by channel; several count as verified."""
        found: dict[str, Identity] = {}
        addresses, aliases = self.row["addresses"], list[Address]()
        level = 2 if len(addresses) > 1 else 1
        for channel, address in addresses.items():
            where = Address(SCHEMES[channel], address, self.row.get("name", ""))
            assurance = 0 if channel in ("webchat", "email") and level == 1 else level
            found[channel] = get_or_create_identity(where, assurance=assurance, aliases=aliases, language=self.lang)
            aliases = aliases or [Address(where.scheme, where.address)]
        contact = found[self.channel].contact
        contact.noticed_at = moment(self.row["messages"][0]["at"])
        contact.save(update_fields=["noticed_at"])
        for identity in found.values():
            identity.contact = contact
        return found

    def create_routes(self) -> None:
        """Create the conversation's routes."""
        incoming = [message for message in self.row["messages"] if message["by"] == "in"]
        last = {message.get("channel", self.channel): moment(message["at"]) for message in incoming}
        Route.objects.bulk_create(
            Route(
                agency_id=self.conversation.agency_id,
                conversation=self.conversation,
                identity=identity,
                account=self.municipality.accounts[channel],
                last_in_at=last.get(channel),
                thread={"subject": self.subject} if channel == "email" else {},
            )
            for channel, identity in self.identities.items()
        )

    @property
    def subject(self) -> str:
        """Return the subject of the conversation's e-mails."""
        names: Words = (self.topic or self.municipality.agency).names
        return names[self.lang]

    @property
    def waiting_since(self) -> datetime | None:
        """Return since when the person waits for a clerk, or None."""
        return moment(self.row["waiting_since"]) if "waiting_since" in self.row else None

    def staff(self, row: Row, key: str = "assignee") -> Staff | None:
        """Return the member of staff whom this row names, or None."""
        return self.municipality.staff.get(row.get(key, "").removeprefix("note:"))

    def load(self) -> Contact:
        """Write the messages and the case, and return the contact."""
        for number, row in enumerate(self.row["messages"]):
            with writing(self.conversation) as writer:
                message = writer.add(**self.message_fields(row))
                if message.direction == "out":
                    self.create_delivery(message, row)
                if "picture" in row:
                    message.attachments.add(store_picture(row, f"{row['picture']}-{self.lang}.png"))
            self.conversation = writer.conversation
            if self.topic and number == self.row["case"].get("line", 0):
                self.case = self.open_case(self.topic, message)
        if self.case is not None:
            self.settle_case(self.case)
        Conversation.objects.filter(pk=self.conversation.pk).update(
            waiting_since=self.waiting_since, assignee=self.staff(self.row), held=self.row.get("held", False)
        )
        for purpose in ("information", "promotion", "opinion") if self.row.get("refused") else ():
            record_consent(self.identities[self.channel], Consent.Purpose(purpose), granted=False, source=self.channel)
        return self.conversation.contact

    def message_fields(self, row: Row) -> dict[str, Any]:
        """Return the direction and the fields of a message."""
        at, by, channel = moment(row["at"]), row["by"], row.get("channel", self.channel)
        fields: dict[str, Any] = {"received": at, "text": self.filled(row.get("text", "")), "lang": self.lang}
        if by == "event" or by.startswith("note:"):
            return {"direction": by.partition(":")[0], **fields, "author": self.staff(row, "by"), "state": "kept"}
        fields |= {"account": self.municipality.accounts[channel], "identity": self.identities[channel]}
        fields |= {"channel": channel, "content": self.message_content(row, channel)}
        if by == "in":
            keys = {"dedup_key": f"demo|{token(12)}", "external_id": f"demo-{token(12)}"}
            return {"direction": "in", **fields, **keys, "said_at": at}
        state = row.get("state") or STATES.get(channel, "sent")
        return {"direction": "out", **fields, "author": self.staff(row, "by"), "state": state}

    def message_content(self, row: Row, channel: str) -> dict[str, Any]:
        """Return what a message contains besides its text: place, files, subject, options."""
        content: dict[str, Any] = {}
        if "street" in row:
            street = read("residents")["streets"][row["street"]]
            content["place"] = asdict(Location(street["lat"], street["lon"], "", street["names"][self.lang]))
        if "picture" in row:
            content["files"] = 1
        if channel == "email" and row["by"] == "in":
            content["subject"] = self.subject
        if "options" in row:
            content["options"] = [{"key": f"demo:{at}", "title": title} for at, title in enumerate(row["options"], 1)]
        return content

    def filled(self, text: str) -> str:
        """Return a text with the case's number, topic and standard time filled in."""
        if "{" not in text:
            return text
        with translation.override(self.lang):
            standard = standard_time(self.topic) if self.topic else ""
        number = self.case.number if self.case else "{number}"
        return text.format(number=number, topic=self.topic.names[self.lang] if self.topic else "", standard=standard)

    def create_delivery(self, message: Message, row: Row) -> None:
        """Create the delivery of an outbound message."""
        if message.channel == "webchat" or message.account is None or message.identity is None:
            return
        Delivery.objects.create(
            agency_id=message.agency_id,
            message=message,
            account=message.account,
            identity=message.identity,
            payload={
                "to": {"scheme": SCHEMES[message.channel], "address": self.row["addresses"][message.channel]},
                "body": {"body": message.text},
                "text": message.text,
            },
            lane=Delivery.Lane.AGENT if message.author else Delivery.Lane.BOT,
            state=message.state,
            tries=1,
            error=row.get("error", ""),
            external_id=f"demo-{token(12)}",
            sent_at=None if "error" in row else message.received,
        )

    def open_case(self, topic: Topic, message: Message) -> Case:
        """Open the conversation's case at the time of this message and return it, with a report if it is one."""
        row = self.row["case"]
        case = open_case(
            self.conversation,
            kind=row["kind"],
            topic=topic,
            title=message.text or topic.names[self.lang],
            channel=self.channel,
            waiting=False,
            at=message.received,
        )
        CaseEvent.objects.filter(case=case).update(at=message.received)
        if row["kind"] == "report":
            street = read("residents")["streets"][row.get("street", 0)]
            place = {"address": street["names"][self.lang], "lat": street["lat"], "lon": street["lon"]}
            how = {"public": row.get("public", False), "door": self.channel, "level": 1}
            request = ServiceRequest(agency_id=case.agency_id, case=case, description=message.text, **place, **how)
            request.save(force_insert=True)
            request.photos.set(message.attachments.all())
        return case

    def settle_case(self, case: Case) -> None:
        """Set the case's present state and write the history that led to it."""
        row, assignee = self.row["case"], self.staff(self.row["case"])
        messages, staff = self.row["messages"], self.municipality.staff
        answered = next((moment(message["at"]) for message in messages if message["by"] in staff), None)
        solved = moment(row["solved"]) if "solved" in row else None
        if row["state"] != "new":
            self.add_event(case, "start", "new", "open", answered or case.opened_at + timedelta(minutes=30))
        if row["state"] in STEPS:
            self.add_event(case, STEPS[row["state"]], "open", row["state"], solved or moment(messages[-1]["at"]))
        Case.objects.filter(pk=case.pk).update(
            state=row["state"],
            assignee=assignee,
            answered_at=answered,
            solved_at=solved if row["state"] == "solved" else None,
            closed_at=solved,
            waiting_since=self.waiting_since,
        )

    def add_event(self, case: Case, verb: str, before: str, after: str, at: datetime) -> None:
        """Add a change of the case's state to its history."""
        by = self.staff(self.row["case"])
        event = CaseEvent.objects.create(
            agency_id=case.agency_id, case=case, verb=verb, before=before, after=after, by=by, public=True
        )
        CaseEvent.objects.filter(pk=event.pk).update(at=at)
