from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kesher.language import SmsCount, Unit, length, parts, sms_parts
from kesher.language.message_length import graphemes

UNITS: tuple[Unit, ...] = get_args(Unit)
# Letters of every width, marks, joiners, flags, a family, blanks that break and one that does not.
PIECES = [
    *("a", "b", "€", "[", "ש", "שָׁ", "ب", "я", "é", "e\u0301", "한", "ก็"),
    *("👍", "👍🏽", "👨\u200d👩\u200d👧", "🇮🇱", "1\ufe0f\u20e3", "❤\ufe0f", " ", " ", " ", "\n", "\u00a0"),
]
mixed = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
anything = mixed | st.text(max_size=40)


@pytest.mark.parametrize(
    ("text", "char", "utf16", "byte", "gsm"),
    [
        ("", 0, 0, 0, 0),
        ("abc", 3, 3, 3, 3),
        ("שלום", 4, 4, 8, 4),
        ("€5", 2, 2, 4, 3),
        ("€ש", 2, 2, 5, 2),
        ("👍", 1, 2, 4, 2),
        ("\ud83d", 1, 1, 3, 1),
    ],
)
def test_a_text_is_as_long_as_its_unit_says(text: str, char: int, utf16: int, byte: int, gsm: int) -> None:
    assert [length(text, unit) for unit in UNITS] == [char, utf16, byte, gsm]


@pytest.mark.parametrize(
    ("text", "limit", "unit", "pieces"),
    [
        ("", 5, "char", []),
        ("  \n ", 5, "char", []),
        ("abc", 3, "char", ["abc"]),
        ("one two three", 7, "char", ["one two", "three"]),
        ("one two three", 8, "char", ["one two", "three"]),
        ("one\n\ntwo", 4, "char", ["one", "two"]),
        ("ab cdefghij", 5, "char", ["ab cd", "efghi", "j"]),
        ("שלום לכם", 8, "byte", ["שלום", "לכם"]),
        ("👍👍👍", 4, "utf16", ["👍👍", "👍"]),
        ("🇮🇱🇮🇱🇮🇱", 4, "char", ["🇮🇱🇮🇱", "🇮🇱"]),
        ("050\u00a0123 456", 8, "char", ["050\u00a0123", "456"]),
        ("€€€€", 4, "gsm", ["€€", "€€"]),
        ("€€€ש", 4, "gsm", ["€€€ש"]),
        ("€€€ ש", 4, "gsm", ["€€", "€ ש"]),
    ],
)
def test_a_text_is_cut_between_words(text: str, limit: int, unit: Unit, pieces: list[str]) -> None:
    assert parts(text, limit, unit) == pieces


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        parts("a", 0, "char")


@given(anything, st.integers(12, 30), st.sampled_from(UNITS))
@example("€" * 20 + " ש", 13, "gsm")
def test_no_piece_is_too_long_and_no_word_is_lost(text: str, limit: int, unit: Unit) -> None:
    pieces = parts(text, limit, unit)
    assert all(0 < length(piece, unit) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(mixed, st.integers(30, 60), st.sampled_from(UNITS))
def test_no_cut_is_made_inside_a_grapheme(text: str, limit: int, unit: Unit) -> None:
    pieces = parts(text, limit, unit)
    assert [g for piece in pieces for g in graphemes(piece) if g.strip()] == [g for g in graphemes(text) if g.strip()]


@given(st.lists(st.sampled_from(["a", "bb", "ccc", "שלום", "👍👍"]), max_size=15), st.integers(8, 20))
def test_words_that_fit_are_never_cut_and_pieces_are_as_few_as_can_be(words: list[str], limit: int) -> None:
    pieces = parts(" ".join(words), limit, "utf16")
    assert " ".join(pieces).split() == words
    assert len(pieces) == fewest(words, limit)


def fewest(words: list[str], limit: int) -> int:
    """Dynamic programming over all ways to lay the words out, as an oracle that shares nothing with the code."""
    best = [0]
    for end in range(1, len(words) + 1):
        starts = [s for s in range(end) if length(" ".join(words[s:end]), "utf16") <= limit]
        best.append(1 + min(best[s] for s in starts))
    return best[-1]


def test_a_letter_without_blanks_fills_every_piece() -> None:
    assert [len(piece) for piece in parts("x" * 1000, 153, "gsm")] == [153] * 6 + [82]


def test_a_letter_with_too_many_marks_is_cut_rather_than_refused_by_the_provider() -> None:
    assert all(length(piece, "char") <= 10 for piece in parts("e" + "\u0301" * 50, 10, "char"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SmsCount(0, 0, "gsm7")),
        ("a" * 160, SmsCount(1, 160, "gsm7")),
        ("a" * 161, SmsCount(2, 161, "gsm7")),
        ("a" * 306, SmsCount(2, 306, "gsm7")),
        ("a" * 307, SmsCount(3, 307, "gsm7")),
        ("€" * 80, SmsCount(1, 160, "gsm7")),
        ("a" * 152 + "€" * 77, SmsCount(3, 306, "gsm7")),
        ("ש" * 70, SmsCount(1, 70, "ucs2")),
        ("ש" * 71, SmsCount(2, 71, "ucs2")),
        ("ש" * 134, SmsCount(2, 134, "ucs2")),
        ("ש" * 135, SmsCount(3, 135, "ucs2")),
        ("👍" * 35, SmsCount(1, 70, "ucs2")),
        ("👍" * 67, SmsCount(3, 134, "ucs2")),
        ("ç", SmsCount(1, 1, "ucs2")),
        ("`", SmsCount(1, 1, "ucs2")),
    ],
)
def test_an_sms_costs_what_the_network_will_charge(text: str, expected: SmsCount) -> None:
    assert sms_parts(text) == expected


@given(anything)
def test_sms_parts_are_never_fewer_than_the_units_need(text: str) -> None:
    count = sms_parts(text)
    alone, together = (160, 153) if count.encoding == "gsm7" else (70, 67)
    least = (count.units > 0) if count.units <= alone else -(-count.units // together)
    assert least <= count.parts <= least + 1 + count.units // together // 60
    assert count.units == length(text, "gsm")
