"""Text in four languages: Hebrew, Arabic, Russian and English. Pure functions, standard library only."""

from kesher.language.detect import detect, direction
from kesher.language.keys import keys
from kesher.language.lengths import SmsCount, Unit, length, parts, sms_parts
from kesher.language.masking import mask
from kesher.language.numbers import digits, number_word
from kesher.language.text import distance_at_most_one, normalise

__all__ = [
    "SmsCount",
    "Unit",
    "detect",
    "digits",
    "direction",
    "distance_at_most_one",
    "keys",
    "length",
    "mask",
    "normalise",
    "number_word",
    "parts",
    "sms_parts",
]
