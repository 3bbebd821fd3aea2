"""Write the instructions of a call as TwiML, the XML of Twilio's Programmable Voice."""

from __future__ import annotations

from textwrap import wrap
from xml.etree import ElementTree as ET

from kesher.channels.telephone.gather import HEARD_AS, Gather, Hold, Instructions, Prompt, Recording
from kesher.channels.telephone.spoken_text import CONTROL

# Language tag and voice by language. The provider's plain voices speak no Hebrew.
VOICES = {
    "he": ("he-IL", "Google.he-IL-Wavenet-A"),
    "ar": ("ar-XA", "Google.ar-XA-Wavenet-A"),
    "ru": ("ru-RU", "Google.ru-RU-Wavenet-A"),
    "en": ("en-US", "Google.en-US-Wavenet-C"),
}
SAY_MOST = 3000  # characters of a message
SPELT_MOST = 4000  # of one <Say>, with numbers spelt; the provider takes 4096


def write_twiml(instructions: Instructions, url: str) -> bytes:
    """Return a TwiML document. ``url``: our webhook, without a query."""
    root = ET.Element("Response")
    then = instructions.then
    if isinstance(then, Gather):
        add_prompts(add_gather(root, then, url), instructions.prompts)
        return to_xml(root)
    add_prompts(root, instructions.prompts)
    if isinstance(then, Recording):
        ET.SubElement(
            root,
            "Record",
            action=f"{url}?{then.next}",
            method="POST",
            maxLength=str(then.seconds),
            timeout=str(then.silence),
            finishOnKey="#",
            playBeep="true",
        )
        # Reached only where nothing was recorded: the provider then does not ask the action.
        ET.SubElement(root, "Redirect", method="POST").text = f"{url}?{then.next}"
    elif isinstance(then, Hold):
        if then.seconds:
            ET.SubElement(root, "Pause", length=str(then.seconds))
        ET.SubElement(root, "Redirect", method="POST").text = f"{url}?{then.next}"
    else:
        ET.SubElement(root, "Hangup")
    return to_xml(root)


def add_gather(root: ET.Element, gather: Gather, url: str) -> ET.Element:
    """Add a <Gather> that asks our webhook also when nothing comes, and return it."""
    found = ET.SubElement(
        root,
        "Gather",
        input="dtmf speech" if gather.speech else "dtmf",
        action=f"{url}?{gather.next}",
        method="POST",
        timeout=str(gather.timeout),
        actionOnEmptyResult="true",
        finishOnKey="#",
    )
    if gather.keys:
        found.set("numDigits", str(gather.keys))
    if gather.speech:
        found.set("language", HEARD_AS.get(gather.lang, HEARD_AS["en"]))
        found.set("speechTimeout", "auto")
        found.set("profanityFilter", "false")
        if gather.hints:
            found.set("hints", ",".join(hint.replace(",", " ") for hint in gather.hints))
    return found


def add_prompts(parent: ET.Element, prompts: tuple[Prompt, ...]) -> None:
    """Add a <Say> for each text, in the voice of its language."""
    for prompt in prompts:
        tag, voice = VOICES.get(prompt.lang, VOICES["en"])
        for text in wrap(prompt.text, SPELT_MOST):
            ET.SubElement(parent, "Say", language=tag, voice=voice).text = text


def to_xml(root: ET.Element) -> bytes:
    """Return an element as an XML document in UTF-8; texts are escaped, and signs that XML does not have left out."""
    return b'<?xml version="1.0" encoding="UTF-8"?>' + CONTROL.sub("", ET.tostring(root, encoding="unicode")).encode()
