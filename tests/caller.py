"""A scripted caller: what Twilio and Vonage do with our documents, from ringing to the end of a call."""

from __future__ import annotations

import json
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
ASKED = {"eventUrl": ADDRESS, "eventMethod": "POST"}
# The same for Vonage's NCCO: the actions that we use.
NCCO: dict[str, dict[str, Any]] = {
    "talk": {"action": "talk", "text": r"(?s).{1,1500}", "language": r"[a-z]{2}(-[A-Z]{2})?", "bargeIn": r"True|False"},
    "input": {
        "action": "input",
        "type": r"dtmf|speech",
        "dtmf": {"timeOut": r"[0-9]|10", "maxDigits": r"[1-9]|1[0-9]|20", "submitOnHash": r"True|False"},
        "speech": {
            "language": r"[a-z]{2}-[A-Z]{2}",
            "startTimeout": r"[1-9]|[1-5][0-9]|60",
            "endOnSilence": r"0\.[4-9]|[1-9](\.[0-9])?",
            "context": r"(?s).+",
        },
        **ASKED,
    },
    "record": {
        "action": "record",
        "format": "mp3|wav|ogg",
        "timeOut": r"[3-9]|[1-9][0-9]{1,2}",
        "endOnSilence": r"[3-9]|10",
        "endOnKey": r"[0-9*#]",
        "beepStart": r"True|False",
        **ASKED,
    },
    "notify": {"action": "notify", "payload": {"conversation_uuid": r".*", "from": r".*", "to": r".*"}, **ASKED},
}
LEADS_ON = 30  # requests without a question, until the call is thought to turn in a circle


@dataclass(frozen=True)
class Question:
    """What a document waits for: keys or speech ("gather"), or a recording ("record"), and which query it leads to.

    ``beside``: the query with which the call itself goes on, where a recording is reported apart from it.
    """

    kind: str
    action: str
    beside: str = ""


@dataclass
class Caller:
    """A telephone that calls an account's number, and follows what it is told."""

    account: Account
    number: str = "+972505550142"
    sid: str = "CA00000000000000000000000000000007"
    asked: Question | None = None
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
        return self.asked.action

    @property
    def is_over(self) -> bool:
        """Whether the call was ended."""
        return self.asked is None

    def follow(self, query: str, **say: Any) -> str:
        """Send a request and what follows from it, until something is asked or the call ends; return the words."""
        said: list[str] = []
        for _request in range(LEADS_ON):
            reply, beside = self.post(query, **say), self.asked.beside if self.asked and "recording" in say else ""
            words, self.asked, further = ([], None, beside) if beside else read_document(reply)
            said += words
            if not further:
                self.heard.append(" ".join(said))
                return self.heard[-1]
            query, say = further, {}
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
    info = account.info(account.agency.public_url, account.agency.spoken_names)
    pull = account.adapter.pull(request)
    if pull is not None:
        return account.adapter.hand_over(take_payloads(account.pk, pull), request, info)
    with scope(account.agency_id):
        for event in account.adapter.parse(request):
            message = receive(account, event, received=timezone.now())
            if message is not None:
                respond(message)
    return account.adapter.acknowledge(request, info)


def read_document(reply: Reply) -> tuple[list[str], Question | None, str]:
    """Return what a document reads aloud, the question it ends with, and else the query that it leads to ("": none)."""
    if reply.content_type == "application/json":
        return follow_ncco(read_ncco(reply))
    root = read_twiml(reply)
    words = [element.text or "" for element in root.iter("Say")]
    for tag, kind in (("Gather", "gather"), ("Record", "record")):
        if (asked := root.find(tag)) is not None:
            return words, Question(kind, urlsplit(asked.attrib["action"]).query), ""
    return words, None, urlsplit(root.findtext("Redirect", "")).query


def follow_ncco(actions: list[Any]) -> tuple[list[str], Question | None, str]:
    """Return what an NCCO document reads aloud, the question it ends with, and else the query that it leads to."""
    words = [action["text"] for action in actions if action["action"] == "talk" and "<speak>" not in action["text"]]
    queries = {action["action"]: urlsplit(action["eventUrl"][0]).query for action in actions if "eventUrl" in action}
    if "input" in queries:
        return words, Question("gather", queries["input"]), ""
    further = queries.get("notify", "")
    return (
        (words, Question("record", queries["record"], further), "") if "record" in queries else (words, None, further)
    )


def read_ncco(reply: Reply) -> list[Any]:
    """Return the actions of an NCCO document; fail if it is none by the schema, or a key interrupts what asks nothing."""
    assert reply.content_type == "application/json"
    actions: list[Any] = json.loads(reply.body)
    assert actions, "an empty document is an error"
    interrupts = False
    for action in actions:
        check_values(action, NCCO[action["action"]], action["action"])
        assert action["action"] == "talk" or not interrupts or action["action"] == "input"
        interrupts = action["action"] == "talk" and (interrupts or action["bargeIn"])
        assert "eventUrl" not in action or len(action["eventUrl"]) == 1
        assert ("<" in action.get("text", "")) == action.get("text", "").startswith("<speak>")
    assert not interrupts, "a key that ends the reading must be asked for"
    return actions


def check_values(found: dict[str, Any], schema: dict[str, Any], place: str) -> None:
    """Fail if an object has a name that the schema has not, or a value that does not fit."""
    for name, value in found.items():
        if isinstance(value, dict):
            check_values(value, schema[name], f"{place}.{name}")
        else:
            for one in value if isinstance(value, list) else [value]:
                assert re.fullmatch(schema[name], str(one)), f"{place}.{name}={value}"


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
