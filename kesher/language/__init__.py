"""Text in Hebrew, Arabic, Russian and English: pure functions, with one dependency, for lemmas."""

from kesher.language.detection import detect, direction
from kesher.language.emergency_detection import names_danger
from kesher.language.keyboard_layouts import typed_elsewhere
from kesher.language.message_length import SmsCount, Unit, length, parts, sms_parts
from kesher.language.normalisation import distance_at_most_one, normalise
from kesher.language.number_words import digits, number_word, read_amount
from kesher.language.quantities import FoundDate, FoundHour, FoundNumber, find_dates, find_hours, find_numbers
from kesher.language.redaction import find_identifying_data, find_personal_data, mask
from kesher.language.search_keys import keys
from kesher.language.word_matching import lemma, likeness, question_keys, script_of, word_keys, words

# In the order of the language menu.
LANGUAGES = ("he", "ar", "ru", "en")

__all__ = [
    "LANGUAGES",
    "FoundDate",
    "FoundHour",
    "FoundNumber",
    "SmsCount",
    "Unit",
    "detect",
    "digits",
    "direction",
    "distance_at_most_one",
    "find_dates",
    "find_hours",
    "find_identifying_data",
    "find_numbers",
    "find_personal_data",
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
