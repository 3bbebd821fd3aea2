"""A stand-in for understanding, for tests of forms: it knows four streets, two topics and a few words of intent."""

from __future__ import annotations

import re
from typing import Any

from kesher.dialogues.understood import Action, Meaning, Understood
from kesher.language import digits, words

STREETS = ("Herzl", "Bialik", "הרצל", "ביאליק", "هرتسل", "بياليك", "Герцль", "Бялик")
TOPICS = {
    "light": ("lamp", "light", "פנס", "ضو", "фонарь"),
    "bin": ("bin", "פח", "حاوية", "мусор"),
}
HOUSE = re.compile(r"\b\d{1,3}\b")
NAME = re.compile(r"(?:my name is|name is|קוראים לי|اسمي|меня зовут)\s+(\w+(?: \w+)?)", re.IGNORECASE)


def find_slots(text: str) -> dict[str, str]:
    """Return what a text says of topic, place, house and name."""
    plain, said = digits(text), words(text)
    found = {"topic": next((code for code, several in TOPICS.items() if not set(several).isdisjoint(said)), "")}
    street = next((name for name in STREETS if name.casefold() in plain.casefold()), "")
    house = HOUSE.search(plain)
    found |= {"place": street, "house": house.group() if street and house else ""}
    if name := NAME.search(text):
        found["name"] = name.group(1)
    return {slot: value for slot, value in found.items() if value}


def understand(*, text: str, lang: str, **_asked: Any) -> Understood:
    """Return what a text means: slots, and the verb that its first known word asks for."""
    verbs = {"lamp": "tests.lamp", "sign": "tests.swing", "swing": "tests.swing"}
    verb = next((verbs[word] for word in words(text) if word in verbs), "")
    offered = (Meaning("verb", verb, probability=0.95),) if verb else ()
    action: Action = "start" if verb else "unknown"
    return Understood(text, lang, action, verb=verb, slots=find_slots(text), offered=offered, probability=0.95)
