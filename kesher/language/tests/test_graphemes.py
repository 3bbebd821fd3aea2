import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.language.message_length import graphemes


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("ab", ["a", "b"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("שָׁלוֹם", ["שָׁ", "ל", "וֹ", "ם"]),
        ("مَرْ", ["مَ", "رْ"]),
        ("e\u0301e", ["e\u0301", "e"]),
        ("👨\u200d👩\u200d👧!", ["👨\u200d👩\u200d👧", "!"]),
        ("🏳\ufe0f\u200d🌈", ["🏳\ufe0f\u200d🌈"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇮🇱🇷🇺🇮", ["🇮🇱", "🇷🇺", "🇮"]),
        ("a🇮🇱🇷🇺", ["a", "🇮🇱", "🇷🇺"]),
        ("🏴\U000e0067\U000e0062\U000e007f.", ["🏴\U000e0067\U000e0062\U000e007f", "."]),
        ("1\ufe0f\u20e32", ["1\ufe0f\u20e3", "2"]),
        ("각각", ["각", "각"]),
        (unicodedata.normalize("NFD", "각간"), [unicodedata.normalize("NFD", char) for char in "각간"]),
        ("क्षि", ["क्षि"]),
        ("\u06001", ["\u06001"]),
        ("\u200fא", ["\u200f", "א"]),
        ("\ud83d\ude00x", ["\ud83d\ude00", "x"]),
    ],
)
def test_a_cluster_is_what_a_person_calls_a_letter(text: str, clusters: list[str]) -> None:
    assert graphemes(text) == clusters


@given(st.text())
def test_the_clusters_joined_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(st.text(), st.text())
def test_a_mark_never_begins_a_cluster_behind_a_letter(before: str, after: str) -> None:
    assert "x\u0301" in graphemes(f"{before}\nx\u0301\n{after}")
