"""Text in four languages: Hebrew, Arabic, Russian and English. Pure functions; one dependency, of lemmas."""

from kesher.language.amounts import read_amount
from kesher.language.dangers import names_danger
from kesher.language.detect import detect, direction
from kesher.language.keys import keys
from kesher.language.layouts import typed_elsewhere
from kesher.language.lengths import SmsCount, Unit, length, parts, sms_parts
from kesher.language.masking import mask
from kesher.language.numbers import digits, number_word
from kesher.language.searching import lemma, likeness, question_keys, script_of, word_keys, words
from kesher.language.text import distance_at_most_one, normalise

# In the order in which pages offer them.
LANGUAGES = ("he", "ar", "ru", "en")

__all__ = [
    "LANGUAGES",
    "SmsCount",
    "Unit",
    "detect",
    "digits",
    "direction",
    "distance_at_most_one",
    "keys",
    "lemma",
    "length",
    "likeness",
    "mask",
    "names_danger",
    "normalise",
    "number_word",
    "parts",
    "question_keys",
    "read_amount",
    "script_of",
    "sms_parts",
    "typed_elsewhere",
    "word_keys",
    "words",
]
