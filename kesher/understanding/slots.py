"""Find what a message says of place, house, date, amount and count, by the words around them."""

from __future__ import annotations

import re
from typing import Final

from kesher.language import digits, normalise, number_word, read_amount

PLACE_MOST: Final = 4  # words after one that announces a place
_CUES: Final = """
רחוב ברחוב מרחוב שדרות בשדרות שכונת בשכונת כיכר בכיכר פינת בפינת מול ליד
شارع بشارع حارة بحارة حي دوار ميدان جنب قبال مقابل قرب
улице улица улицы ул проспект площадь площади районе около возле напротив угол углу
street road avenue square near opposite corner by beside
"""
CUES: Final = frozenset(map(normalise, _CUES.split()))
AFTER: Final = frozenset({"street", "road", "avenue", "square", "st", "rd", "ave"})
_ENDS = """
יש לא אין כבר של את זה וגם כי مش في من على ما كل нет уже есть и на не is there has no and the for since
"""
ENDS: Final = frozenset(map(normalise, _ENDS.split()))  # words before which the name of a place ends
_WORD: Final = re.compile(r"[^\W_]+(?:['’׳״\"-][^\W_]+)*")
_HOUSE: Final = re.compile(r"(?<![\w.,/])\d{1,3}(?![\w.,/%]|\s*(?:₪|ש[״\"]?ח|שקל|شيكل|шек|nis))", re.IGNORECASE)
_DATE: Final = re.compile(r"(?<!\d)\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?(?!\d)")
_MONEY: Final = re.compile(
    r"\d[\d.,]*\s*(?:₪|ש[״\"]?ח|שקל\w*|شيكل|شيقل|шек\w*|руб\w*|nis|ils|shekel\w*)", re.IGNORECASE
)


def find_slots(text: str, topic: str) -> dict[str, str]:
    """Return what a message says: {topic, place, house, date, amount, count}, without what it does not say."""
    text = digits(text)
    found = {"topic": topic}
    if money := _MONEY.search(text):
        amount = read_amount(money.group())
        found["amount"] = str(amount) if amount is not None else money.group()
    if date := _DATE.search(text):
        found["date"] = date.group()
    bare = _MONEY.sub(" ", _DATE.sub(" ", text))
    place, house = find_place(bare)
    found |= {"place": place, "house": house}
    if not house:
        found["count"] = find_count(bare)
    return {name: value for name, value in found.items() if value}


def find_place(text: str) -> tuple[str, str]:
    """Return (street or landmark, house number) that a text names; "" for what it does not."""
    said = _WORD.findall(text)
    for at, word in enumerate(said):
        plain = normalise(word)
        if plain in AFTER and at:
            names = [name for name in said[max(0, at - 2) : at + 1] if normalise(name) not in ENDS]
            return " ".join(names), house_after(said, at)
        if plain in CUES and plain not in AFTER:
            names = []
            for name in said[at + 1 : at + 1 + PLACE_MOST]:
                if name.isdecimal():
                    return " ".join(names), name if len(name) <= 3 else ""
                if normalise(name) in ENDS or number_word(name) is not None:
                    break
                names.append(name)
            if names:
                return " ".join(names), ""
    return "", ""


def house_after(said: list[str], at: int) -> str:
    """Return the number that stands beside a street's name; "" for none."""
    near = said[max(0, at - 3) : at + 2]
    return next((word for word in near if word.isdecimal() and len(word) <= 3), "")


def find_count(text: str) -> str:
    """Return a number of pieces that a text names, in digits; "" for none."""
    if number := _HOUSE.search(text):
        return number.group()
    for word in _WORD.findall(text):
        value = number_word(word)
        if value is not None and value > 1:
            return str(value)
    return ""
