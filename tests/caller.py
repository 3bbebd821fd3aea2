"""A scripted caller: what Twilio does with our TwiML, from ringing to the end of a call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.utils import timezone

from kesher.channels.base import Address, Reply, Request
from kesher.channels.models import Account
from kesher.conversations.delivery.call_replies import take_payloads
from kesher.conversations.services import receive, respond
from kesher.core.db.agency_scope import scope

COUNT, SWITCH, ADDRESS = r"[1-9][0-9]*", r"true|false", r"https?://\S+"
# The verbs that we use, their attributes and the values of these, as Twilio documents them: a schema of our documents.
TWIML: dict[str, dict[str, str]] = {
    "Response": {},
    "Say": {"language": r"[a-z]{2}-[A-Z]{2}", "voice": r"Google\.[a-z]{2}-[A-Z]{2}-Wavenet-[A-Z]"},
    "Gather": {
        "input": r"dtmf|dtmf speech",
        "action": ADDRESS,
        "method": "POST",
        "timeout": COUNT,
        "numDigits": COUNT,
        "actionOnEmptyResult": SWITCH,
        "finishOnKey": "#",
        "language": r"[a-z]{2}-[A-Z]{2}",
        "hints": r"(?s).{1,10000}",
        "speechTimeout": r"auto|[1-9][0-9]*",
        "profanityFilter": SWITCH,
    },
    "Record": {
        "action": ADDRESS,
        "method": "POST",
        "maxLength": COUNT,
        "timeout": COUNT,
        "finishOnKey": "#",
        "playBeep": SWITCH,
    },
    "Pause": {"length": COUNT},
    "Redirect": {"method": "POST"},
    "Hangup": {},
}
LEADS_ON = 30  # requests without a question, until the call is thought to turn in a circle


@dataclass
class Caller:
    """A telephone that calls an account's number, and follows what it is told."""

    account: Account
    number: str = "+972505550142"
    sid: str = "CA00000000000000000000000000000007"
    asked: ET.Element | None = None
    heard: list[str] = field(default_factory=list)

    def call(self) -> str:
        """Call the number; return what is read aloud until the first question."""
        return self.follow("")

    def press(self, digits: str) -> str:
        """Press keys; return what is read aloud then."""
        return self.follow(self.action, digits=digits)

    def speak(self, words: str) -> str:
        """Say something, which the provider recognises; return what is read aloud then."""
        return self.follow(self.action, text=words)

    def keep_silent(self) -> str:
        """Neither press nor say anything; return what is read aloud then."""
        return self.follow(self.action)

    @property
    def action(self) -> str:
        """The query that the open question leads to."""
        assert self.asked is not None, f"nothing was asked: {self.heard[-1:]}"
        return urlsplit(self.asked.attrib["action"]).query

    @property
    def is_over(self) -> bool:
        """Whether the call was ended."""
        return self.asked is None

    def follow(self, query: str, **say: Any) -> str:
        """Send a request and what follows from it, until something is asked or the call ends; return the words."""
        said: list[str] = []
        for _request in range(LEADS_ON):
            root = read_twiml(self.post(query, **say))
            said += [element.text or "" for element in root.iter("Say")]
            self.asked = next((child for child in root if child.tag in ("Gather", "Record")), None)
            further = root.find("Redirect") if self.asked is None else None
            if further is None:
                self.heard.append(" ".join(said))
                return self.heard[-1]
            query, say = urlsplit(further.text or "").query, {}
        raise AssertionError("the call turns in a circle")

    def post(self, query: str, **say: Any) -> Reply:
        """Answer one signed request as the intake lane and the worker do."""
        account, adapter = self.account, self.account.adapter
        info = account.info(account.agency.public_url)
        made = adapter.simulate(Address("call", self.number), {"call": self.sid, "query": query, **say}, info)
        assert made is not None
        adapter.verify(made, info)
        return answer(account, made)


def answer(account: Account, request: Request) -> Reply:
    """Return our answer to a verified request of a telephone provider."""
    info = account.info(account.agency.public_url)
    pull = account.adapter.pull(request)
    if pull is not None:
        return account.adapter.hand_over(take_payloads(account.pk, pull), request, info)
    with scope(account.agency_id):
        for event in account.adapter.parse(request):
            message = receive(account, event, received=timezone.now())
            if message is not None:
                respond(message)
    return account.adapter.acknowledge(request)


def read_twiml(reply: Reply) -> ET.Element:
    """Return a TwiML document; fail if it is not well-formed, or is none by the schema."""
    assert reply.content_type.startswith("text/xml")
    root = ET.fromstring(reply.body)
    assert root.tag == "Response"
    for element in root.iter():
        for name, value in element.attrib.items():
            assert re.fullmatch(TWIML[element.tag][name], value), f"{element.tag} {name}={value}"
        assert element.tag == "Gather" or element is root or not len(element), "only these hold other verbs"
        assert element.tag != "Gather" or {child.tag for child in element} <= {"Say", "Pause"}
        assert all(len(say.text or "") <= 4096 for say in element.iter("Say"))
    return root
