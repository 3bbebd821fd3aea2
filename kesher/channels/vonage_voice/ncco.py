"""Write the instructions of a call as NCCO, the JSON of Vonage's Voice API."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import wrap

from kesher.channels.base import Json
from kesher.channels.telephone.call_steps import Heard, read_step
from kesher.channels.telephone.gather import HEARD_AS, Gather, Hold, Instructions, Prompt, Recording

SPOKEN_AS = {"he": "he-IL", "ar": "ar", "ru": "ru-RU", "en": "en-US"}
SAY_MOST = 1400  # characters of one talk; the provider takes 1,500
MARKUP = str.maketrans({"<": " ", ">": " "})  # a text in angle brackets would be read as SSML


def write_ncco(instructions: Instructions, url: str, heard: Heard) -> bytes:
    """Return an NCCO document. ``url``: our webhook, without a query. A document that ends hangs up.

    The provider does not tell the caller's number in each request, so it is carried along.
    """
    then = instructions.then
    talks = [replace(prompt, text=text) for prompt in instructions.prompts for text in wrap(prompt.text, SAY_MOST)]
    actions = [talk_action(prompt, interrupt=isinstance(then, Gather)) for prompt in talks]
    if isinstance(then, Gather):
        actions.append(gather_action(then, url, heard))
    elif isinstance(then, Recording):
        actions += [record_action(then, url, heard), notify_action(waiting_query(then.next), url, heard)]
    elif isinstance(then, Hold):
        actions += [pause_action(then.seconds)] if then.seconds else []
        actions.append(notify_action(then.next, url, heard))
    elif not actions:
        actions.append(pause_action(1))  # an empty document is an error
    return json.dumps(actions, ensure_ascii=False).encode()


def talk_action(prompt: Prompt, *, interrupt: bool) -> Json:
    """Return the action that reads a text aloud; ``interrupt``: a key or a word ends it."""
    language = SPOKEN_AS.get(prompt.lang, SPOKEN_AS["en"])
    return {"action": "talk", "text": prompt.text.translate(MARKUP), "language": language, "bargeIn": interrupt}


def pause_action(seconds: int) -> Json:
    """Return the action that is silent for some seconds."""
    return {"action": "talk", "text": f"<speak><break time='{seconds}s'/></speak>", "bargeIn": False}


def gather_action(gather: Gather, url: str, heard: Heard) -> Json:
    """Return the action that waits for keys or speech, and asks our webhook what to do next."""
    keys = {"timeOut": min(gather.timeout, 10), "maxDigits": gather.keys or 20, "submitOnHash": True}
    found: Json = {"action": "input", "type": ["dtmf", "speech"] if gather.speech else ["dtmf"], "dtmf": keys}
    if gather.speech:
        language = HEARD_AS.get(gather.lang, HEARD_AS["en"])
        found["speech"] = {"language": language, "startTimeout": gather.timeout, "endOnSilence": 1.5}
        if gather.hints:
            found["speech"]["context"] = list(gather.hints)
    return found | webhook(with_caller(gather.next, heard), url)


def record_action(recording: Recording, url: str, heard: Heard) -> Json:
    """Return the action that records; the provider tells our webhook of it, and does not read the response."""
    limits = {"timeOut": recording.seconds, "endOnSilence": recording.silence, "endOnKey": "#", "beepStart": True}
    return {"action": "record", "format": "mp3", **limits, **webhook(with_caller(recording.next, heard), url)}


def waiting_query(query: str) -> str:
    """Return the query of the step that waits for the reply to a recording."""
    return replace(read_step(query), name="wait", tries=0, asks="").query


def with_caller(query: str, heard: Heard) -> str:
    """Return the query of a step with the caller's number."""
    return replace(read_step(query), caller=heard.caller).query


def notify_action(query: str, url: str, heard: Heard) -> Json:
    """Return the action that asks our webhook for the next document; the provider posts just this payload."""
    payload = {"conversation_uuid": heard.call, "from": heard.caller, "to": heard.ours}
    return {"action": "notify", "payload": payload, **webhook(query, url)}


def webhook(query: str, url: str) -> Json:
    """Return the part of an action that says which step of ours it asks."""
    return {"eventUrl": [f"{url}?{query}"], "eventMethod": "POST"}
