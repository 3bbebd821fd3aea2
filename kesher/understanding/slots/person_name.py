"""Find a person's own name in a message, where they say it: "my name is …"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kesher.language import normalise, script_of
from kesher.understanding.slots.slot_words import read_words

# What people say before their own name. After the last group a name needs a capital letter and the end of a clause.
_BEFORE: Final = re.compile(
    r"(?<!\w)(?:"
    r"קוראים\s+לי|שמי(?:\s+הוא)?|השם\s+שלי\s+הוא|"
    r"(?:(?:^|(?<=[.,،!?\n؛])|(?<=[.,،!?\n؛]\s)|(?<=الخير\s)|(?<=مرحبا\s)|(?<=السلام\s))(?:[اأ]نا\s+|ana\s+)?|"
    r"[اأ]نا\s+|\bana\s+|\bو)(?:اسمي|إسمي|ismi|esmi)(?:\s+هو)?|"
    r"меня\s+зовут|мо[её]\s+имя\s*[:—–-]|зовут(?:\s+меня)?|"
    r"my\s+name(?:\s+is|['’]?s)|my\s+name(?=\s+[A-Z])|name\s*:|kor[e']?im\s+li|korim\s+li|hashem\s+sheli|menya\s+zovut"
    r")\s*[:,-]?\s+(?P<sure>\S.*)|(?<!\w)(?:i['’]?m|i\s+am|this\s+is|я|это)\s+(?P<perhaps>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’׳״\"-][^\W\d_]+)*")
_FIRST_OF_TWO: Final = read_words("first_of_two")
_NO_NAME: Final = read_words("no_name")
WORDS_MOST: Final = 3


def find_name(text: str, knows: Callable[[str], bool]) -> str:
    """Return the name that a person says is theirs; "" for none. ``knows``: whether a word is one of every day."""
    for found in _BEFORE.finditer(text):
        sure = found["sure"]
        if name := read_name(sure or found["perhaps"], knows, sure=bool(sure)):
            return name
    return ""


def read_name(text: str, knows: Callable[[str], bool], *, sure: bool) -> str:
    """Return the name with which a text begins; "" for none. ``sure``: it stands after "my name is"."""
    words: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word, gap = match.group(), text[end : match.start()]
        if words and (gap.strip() or len(words) >= WORDS_MOST):
            break
        if not belongs(word, words, text[match.end() :], knows, sure=sure):
            break
        words.append(word)
        end = match.end()
    if not words or not (sure or ends_clause(text[end:])):
        return ""
    return " ".join(words)


def belongs(word: str, before: list[str], rest: str, knows: Callable[[str], bool], *, sure: bool) -> bool:
    """Return whether a word is part of the name that the words before it begin."""
    plain = normalise(word)
    if plain in _NO_NAME:
        return False
    cased = script_of(plain) not in ("he", "ar")
    if not before:
        return (sure or word[:1].isupper()) and (not cased or word[:1].isupper() or sure)
    if normalise(before[-1]) in _FIRST_OF_TWO:
        return True
    if cased:
        return word[:1].isupper()
    return ends_clause(rest) and not knows(plain)


def ends_clause(rest: str) -> bool:
    """Return whether a clause ends here, or the person says where they are from."""
    return not rest.strip() or bool(re.match(r"\s*[.,;!?،؛\n)–—-]|\s+(?:from|here|speaking|מ|из|с|من)\b", rest))
