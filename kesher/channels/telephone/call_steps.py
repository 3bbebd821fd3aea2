"""The course of a telephone call: what each request of a provider means, and what it is answered.

A call has no state of its own here: where it is stands in the query of the next request, which the provider signs. The
caller chooses a language; then each answer becomes an event, and the call waits for the reply (`pull_of`), which is
read aloud (`reply_instructions`). Keys that mean the same everywhere: 0 a person, * the menu.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from kesher.channels.base import Address, Capabilities, Event, Json, Kind, Limit, Media, Payload, Pull, Say, dedup
from kesher.channels.message_layout import layout
from kesher.channels.phone_numbers import phone_address
from kesher.channels.telephone import call_texts
from kesher.channels.telephone.gather import Gather, HangUp, Hold, Instructions, Prompt, Recording
from kesher.channels.telephone.spoken_text import make_speakable

SCHEME = "call"  # the address scheme of callers: a number that nobody vouches for, or a call without one
SILENCES = 3  # at one question, until a person is asked to help
WAITS = 8  # requests without a reply, until the call ends
PERSON, MENU, LANGUAGE = "go:agent", "go:menu", "go:lang:"  # keys of options that mean the same at any time
LISTENS_HOURS = 0.05  # after their last answer a caller is thought to be on the line for three minutes
KEYS = {"0": PERSON, "*": MENU}
HINTS, HINT_LENGTH = 40, 90
# Numbers that Twilio gives for callers who withhold theirs; they spell ANONYMOUS, UNKNOWN and so on.
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253", "+464"})
STEPS = ("", "lang", "wait", "said")
COUNT = re.compile(r"[0-9]{1,4}")
CALLER = re.compile(r"\+?[0-9]{5,20}")


@dataclass(frozen=True, slots=True)
class Step:
    """Where a call is: the query of a request. ``turn`` counts the questions, ``tries`` silences or waits.

    ``asks``: what the question wants ("choice", "text" …), "" after a reply that asks nothing. ``caller``: for requests
    in which the provider does not repeat it.
    """

    name: str = ""
    lang: str = ""
    turn: int = 0
    tries: int = 0
    asks: str = ""
    caller: str = ""

    @property
    def query(self) -> str:
        """Return the step as the query of our webhook."""
        fields = {"step": self.name, "lang": self.lang, "turn": self.turn, "tries": self.tries, "asks": self.asks}
        return urlencode({name: value for name, value in (fields | {"caller": self.caller}).items() if value})


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider tells of a call in one request. ``caller`` and ``ours`` are numbers as it writes them."""

    call: str
    caller: str = ""
    ours: str = ""
    digits: str = ""
    speech: str = ""
    recording: Media | None = None
    report: bool = False  # news about the call, which no instructions answer

    @property
    def nothing(self) -> bool:
        """Return whether the person neither pressed a key nor said anything."""
        return not (self.digits or self.speech or self.recording)


def read_step(query: str) -> Step:
    """Return the step in a request's query; the beginning of a call for anything else. Never raise."""
    fields = dict(parse_qsl(query))
    name, lang = fields.get("step", ""), fields.get("lang", "")
    turn, tries = (int(fields[key]) if COUNT.fullmatch(fields.get(key, "")) else 0 for key in ("turn", "tries"))
    asks = fields.get("asks", "")
    return Step(
        name if name in STEPS else "",
        lang if lang in call_texts.LANGUAGES else "",
        turn,
        tries,
        asks if re.fullmatch(r"[a-z]{1,10}", asks) else "",
        fields.get("caller", "") if CALLER.fullmatch(fields.get("caller", "")) else "",
    )


def caller_address(heard: Heard, step: Step) -> Address:
    """Return the caller's address: their number, which may be forged, else the call, for a withheld one."""
    number = heard.caller or step.caller
    found = phone_address(number) if number not in WITHHELD else None
    return Address(SCHEME, found.address if found else heard.call)


def read_call(heard: Heard, step: Step) -> list[Event]:
    """Return the event of a request: the choice of a language, an answer, or the wish for a person after silences."""
    if heard.report or not heard.call or step.name not in ("lang", "said"):
        return []
    sender = caller_address(heard, step)
    if step.name == "lang":
        chosen = chosen_language(heard)
        if not chosen and step.tries + 1 < SILENCES:
            return []
        return [make_event(heard, step, sender, choice=f"{LANGUAGE}{chosen}" if chosen else PERSON, lang=chosen)]
    if heard.nothing:
        calls_person = bool(step.asks) and step.tries + 1 >= SILENCES
        return [make_event(heard, step, sender, choice=PERSON)] if calls_person else []
    return [make_event(heard, step, sender, choice=KEYS.get(heard.digits, ""))]


def make_event(heard: Heard, step: Step, sender: Address, *, choice: str = "", lang: str = "") -> Event:
    """Return the event of what a caller pressed or said; one for each question of a call."""
    kind = Kind.CHOICE if choice else Kind.MESSAGE
    asked = f"{step.name}{step.turn}.{step.tries}"
    return Event(
        kind=kind,
        dedup_key=dedup(kind, sender, heard.call, asked),
        account=heard.ours,
        external_id=f"{heard.call}.{asked}",
        sender=sender,
        text=heard.digits or heard.speech.strip().removesuffix("."),
        media=(heard.recording,) if heard.recording else (),
        choice_id=choice,
        lang=lang or step.lang,
        data={"call_id": heard.call},
    )


def chosen_language(heard: Heard) -> str:
    """Return the language whose key was pressed, "" for none."""
    keys = {str(number): lang for number, lang in enumerate(call_texts.LANGUAGES, 1)}
    return keys.get(heard.digits, "")


def pull_of(heard: Heard, step: Step) -> Pull | None:
    """Return what a request asks to be given to read aloud: the reply, or the question again; None if it is news."""
    if heard.report or not heard.call:
        return None
    if step.name == "wait":
        return Pull(heard.call)
    again = step.name == "said" and heard.nothing and bool(step.asks) and step.tries + 1 < SILENCES
    return Pull(heard.call, again=True) if again else None


def first_instructions(heard: Heard, step: Step, body: Mapping[str, str] | None = None) -> Instructions:
    """Return what to do after a request that `read_call` reads: ask for the language, wait for the reply, or end.

    ``body``: the public body's name by language, by which it answers the telephone.
    """
    if heard.report:
        return Instructions((), HangUp())
    tries = step.tries + 1 if step.name == "lang" else 0
    if step.name == "" or (step.name == "lang" and not chosen_language(heard) and tries < SILENCES):
        after = Step("lang", tries=tries)
        hello = call_texts.greet(body or {}) if step.name == "" else ()
        return Instructions((*hello, *call_texts.CHOOSE_LANGUAGE), Gather(after.query, "he", speech=False))
    lang = (chosen_language(heard) if step.name == "lang" else "") or step.lang or "he"
    if step.name == "said" and heard.nothing and not step.asks:
        return Instructions((call_texts.speak(call_texts.GOODBYE, lang),), HangUp())
    return Instructions((), Hold(Step("wait", lang, step.turn).query, seconds=0))


def reply_instructions(bodies: Sequence[Json], heard: Heard, step: Step, *, speech: bool = True) -> Instructions:
    """Return how to read these payload bodies aloud and what to wait for; without any, wait on or end the call.

    ``speech``: the account's provider recognises speech; without it, what no key can answer is recorded.
    """
    silent = step.name == "said"
    if not bodies and not silent:
        if step.tries + 1 >= WAITS:
            return Instructions((call_texts.speak(call_texts.NOTED, step.lang),), HangUp())
        return Instructions((), Hold(replace(step, tries=step.tries + 1).query))
    prompts = [call_texts.speak(call_texts.NOT_HEARD, step.lang)] if silent else []
    prompts += [Prompt(str(body["text"]), str(body["lang"])) for body in bodies if body.get("text")]
    last = bodies[-1] if bodies else {}
    asks = str(last.get("asks", "")) or (step.asks if silent else "")
    lang = str(last.get("lang", "")) or step.lang or "he"
    after = Step("said", step.lang or lang, step.turn + 1, step.tries + 1 if silent else 0, asks)
    if asks in ("text", "place") and (silent or not speech):
        return Instructions((*prompts, call_texts.speak(call_texts.RECORD, lang)), Recording(after.query))
    if not asks:
        prompts.append(call_texts.speak(call_texts.ANYTHING_ELSE, lang))
    keys = 0 if asks in ("text", "place", "") else 1
    return Instructions(tuple(prompts), Gather(after.query, lang, keys, speech, tuple(last.get("hints", ()))))


def render_spoken(say: Say, to: Address, capabilities: Capabilities) -> list[Payload]:
    """Return the payloads of a message that is read aloud, one for each part; [] for an address of another channel."""
    if to.scheme not in capabilities.schemes:
        return []
    laid = layout(say, capabilities)
    payloads = [Payload(to, {"text": make_speakable(text, say.lang), "lang": say.lang}, text) for text in laid.texts]
    if asks := "choice" if say.options else say.expects:
        payloads[-1].body["asks"] = asks
    if hints := [option.title for option in laid.options if len(option.title) <= HINT_LENGTH][:HINTS]:
        payloads[-1].body["hints"] = hints
    return payloads


def spoken_capabilities(most: int) -> Capabilities:
    """Return what a call can carry: texts of up to ``most`` characters, read aloud while the caller listens."""
    return Capabilities(
        text=Limit(most),
        voice=True,
        window_hours=LISTENS_HOURS,
        direct=False,
        assurance=0,
        schemes=(SCHEME,),
        rate=1000.0,
        after_unknown="ask",
    )
