"""Find a person's own name in a message, where they say it: "my name is …"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from kesher.language import normalise, script_of

# What people say before their own name. After the last group a name needs a capital letter and the end of a clause.
_BEFORE: Final = re.compile(
    r"(?<!\w)(?:"
    r"קוראים\s+לי|שמי|השם\s+שלי(?:\s+הוא)?|שמי\s+הוא|"
    r"(?:ا?نا\s+|أنا\s+)?(?:اسمي|إسمي)(?:\s+هو)?|"
    r"меня\s+зовут|мо[её]\s+имя|зовут(?:\s+меня)?|"
    r"my\s+name(?:\s+is|['’]?s)?|name\s*:|kor[e']?im\s+li|korim\s+li|shmi|hashem\s+sheli|ismi|esmi|menya\s+zovut"
    r")\s*[:,-]?\s+(?P<sure>\S.*)|(?<!\w)(?:i['’]?m|i\s+am|this\s+is|я|это)\s+(?P<perhaps>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’׳״\"-][^\W\d_]+)*")
_FIRST_OF_TWO: Final = frozenset(map(normalise, "אבו אום בן בת أبو ابو أم ام بنت ben bat abu umm bar al el de van von".split()))
_NO_NAME: Final = frozenset(
    map(
        normalise,
        "לא זה של עם על ואני אני גר גרה תושב תושבת בעברית مش هو من في على وأنا انا أنا ساكن не и я из с живу а но "
        "not on in at from and the a an is for with mine correct spelled wrong missing under your this".split(),
    )
)
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
