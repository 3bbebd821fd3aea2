import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.language import distance_at_most_one, normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  Hello\n\tWORLD\u00a0! ", "hello world !"),
        ("שָׁלוֹם", "שלומ"),
        ("\ufb2a\ufb4b", "שו"),
        ('צה"ל', "צהל"),
        ("צה״ל", "צהל"),
        ("צה''ל", "צהל"),
        ("צ׳יפס", "ציפס"),
        ("בית־ספר", "בית-ספר"),
        ("„שלום”", "שלומ"),
        ("\u200fשלום\u200e \u202bלך\u202c", "שלומ לכ"),
        ("מוקד ־ ׁ", "מוקד -"),
        ("אײ", "איי"),
        ("مُحَمَّد", "محمد"),
        ("مـــرحبا", "مرحبا"),
        ("أإآٱ", "اااا"),
        ("مسئول شئون", "مسوول شوون"),
        ("مدرسة على مستشفى", "مدرسه علي مستشفي"),
        ("ﻻ", "لا"),
        ("Ёлка", "елка"),
        ("е\u0308лка", "елка"),
        ("й", "й"),
        ("ＡＢＣ", "abc"),
        ("Straße", "strasse"),
        ("don’t", "dont"),
        ("👍\ufe0f", "👍"),
    ],
)
def test_texts_that_read_alike_become_one(text: str, folded: str) -> None:
    assert normalise(text) == folded


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="אבםןףץםשׁ\u05bc\u05b8\u05f4\u05f3\"'یىةأؤئوء\u0640\u064e\u0654\u0308еЁ\u0345ΐİ \u200f´¨ﬁ"))
def test_folding_again_changes_nothing_where_folds_meet(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_letter_case_never_matters(text: str) -> None:
    assert normalise(normalise(text).upper()) == normalise(normalise(text).upper().lower())


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("", "", True),
        ("", "a", True),
        ("", "ab", False),
        ("תאורה", "תאורה", True),
        ("תאורה", "תאוורה", True),
        ("תאורה", "תאוה", True),
        ("תאורה", "תעורה", True),
        ("תאורה", "תארוה", True),
        ("תאורה", "אתורה", True),
        ("ab", "ba", True),
        ("abcd", "badc", False),
        ("abc", "cba", False),
        ("abc", "axcd", False),
        ("light", "lihgts", False),
    ],
)
def test_one_slip_of_the_finger_is_forgiven_and_two_are_not(a: str, b: str, near: bool) -> None:
    assert distance_at_most_one(a, b) is near
    assert distance_at_most_one(b, a) is near


@given(st.text(alphabet="אבג", max_size=6), st.data())
def test_every_single_slip_is_forgiven(word: str, data: st.DataObject) -> None:
    assert distance_at_most_one(word, data.draw(st.sampled_from(sorted(slips(word)))))


@given(st.text(alphabet="אב", max_size=4), st.text(alphabet="אב", max_size=4))
def test_nothing_but_a_single_slip_is_forgiven(a: str, b: str) -> None:
    assert distance_at_most_one(a, b) == (a == b or b in slips(a))


def slips(word: str) -> set[str]:
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    more = {a + letter + b for a, b in cuts for letter in "אבג"}
    less = {a + b[1:] for a, b in cuts if b}
    other = {a + letter + b[1:] for a, b in cuts if b for letter in "אבג"}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return more | less | other | swapped
