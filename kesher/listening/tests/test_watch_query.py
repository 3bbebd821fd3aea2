"""Queries of watches: what they match in four languages, what they do not, and what a wrong one says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.listening.watch_query import PostText, QueryError, WatchQueries, explain_match, parse_query

MATCHES = (
    # Particles, plural, construct, full and defective spelling, gershayim.
    ("עירייה", "פניתי לעירייה"), ("2024", "سنة ٢٠٢٤"), ("ים", "הים יפה"), ("ספר", "בית הספר"), ("עירייה", "ובעירייה לא ענו"), ("עירייה", "העירייה סגרה את הרחוב"),
    ("עירייה", "עיריית חולון"), ("עירייה", "כל העיריות"), ("עירייה", "העיריה שלנו"), ("עיריה", "בעירייה"),
    ("תוכנית", "התכנית החדשה"), ("תכנית", "תוכניות לצפון העיר"), ("ניקיון", "הנקיון ברחוב"),
    ("רחוב", "ברחובות העיר"), ("פח", "הפח מלא"), ("פחים", "הפח מלא"), ("בקשה", "הבקשות שהוגשו"),
    ("ספרייה", "בספריות העירוניות"), ('תב"ע', "התב״ע אושרה"), ("מים", "אין מים"), ("גן", "הגן סגור"),
    ("שריפה", "יש שריפות ביער"), ("מדרכה", "המדרכות שבורות"),
    ("البلدية", "كتبت للبلدية"), ("بلدية", "البلدية لم ترد"), ("بلدية", "بلديتنا نائمة"), ("بلدية", "كل البلديات"), ("شارع", "شارعنا مظلم"), ("ماء", "لا يوجد ماء"),
    ("вода", "опять нет воды"), ("мусор", "мусора полно"), ("street", "the streets are dirty"),
    # Operators.
    ("road works", "works on the road"), ("road OR street", "our street"), ('"road works"', "the road works begin"),
    ("road | street", "a road"), ("road NEAR/3 closed", "the road is again closed"), ("(road OR street) closed", "street closed"),
    ("road -bus", "the road is closed"), ("road NOT (bus OR train)", "a road"), ("road AND closed", "closed road"),
    ("מים NEAR רחוב", "אין לנו מים בכל הרחוב"), ("=עירייה", "עירייה"), ("road lang:en", "a road"),
)  # fmt: skip
NOTHING = (
    ("בור", "המדרכה שבורה"), ("ים", "אין מים"), ("מים", "השמים"), ("ספר", "מספר הפנייה"), ("גינה", "הגנה"),
    ("עירייה", "העיר יפה"), ("עירייה", "עיר"), ("מים", "מימון"), ("פח", "פחם"), ("גן", "הגנה"),
    ("רחוב", "רחב"), ("תוכנית", "תוכן"), ("=עירייה", "בעירייה"), ('"אין מים"', "מים אין"), ("מים", ""),
    ("road works", "the road"), ('"road works"', "works road"), ("road NEAR/1 closed", "the road is now again closed"),
    ("road -bus", "the bus on the road"), ("road NOT (bus OR train)", "train road"), ("road lang:he", "a road"),
    ("road source:news", "a road"), ("вода", "водитель"), ("بلدية", "بلد"), ("road", "broad"),
)  # fmt: skip
WRONG = (
    ("", "empty", 0), ("-bus", "negative", 0), ("road OR -bus", "negative", 0), ("lang:he", "negative", 0), ("road lang:fr", "lang", 5),
    ("(road", "open", 0), ("road)", "close", 4), ('road "works', "quote", 5), ("road & bus", "odd", 5),
    ("road OR", "missing", 7), ("NOT ", "missing", 4), ("road NEAR", "near", 5), ("road NEAR/99 bus", "near", 5),
    ("(road) NEAR/2 bus", "near", 7), ("colour:red road", "field", 0), ("(" * 30 + "road" + ")" * 30, "deep", 21),
    ("a" * 3000, "long", 2000), ('road ""', "missing", 5),
)  # fmt: skip


def is_match(query: str, text: str) -> bool:
    """Return whether a query matches an English post with this text."""
    return WatchQueries({7: parse_query(query)}).match(PostText.of(text, lang="en", source="rss")) == [7]


def test_a_query_finds_what_it_means() -> None:
    assert [pair for pair in MATCHES if not is_match(*pair)] == []


def test_a_query_finds_nothing_else() -> None:
    assert [pair for pair in NOTHING if is_match(*pair)] == []


@pytest.mark.parametrize(("query", "code", "at"), WRONG)
def test_a_wrong_query_says_what_is_wrong_and_where(query: str, code: str, at: int) -> None:
    with pytest.raises(QueryError) as error:
        parse_query(query)
    assert (error.value.code, error.value.at) == (code, at)
    assert str(error.value.message)


def test_many_queries_are_matched_at_once_as_each_alone() -> None:
    queries = {number: parse_query(query) for number, (query, _text) in enumerate(MATCHES)}
    together = WatchQueries(queries)
    for _query, text in (*MATCHES, *NOTHING):
        post = PostText.of(text, lang="en", source="rss")
        alone = [number for number, node in queries.items() if WatchQueries({number: node}).match(post)]
        assert together.match(post) == alone


def test_the_words_that_matched_are_shown_in_the_text() -> None:
    text = "שלום, פניתי לעירייה אתמול"
    found = explain_match(parse_query("עירייה -אוטובוס"), PostText.of(text))
    assert (found.matches, [text[start:end] for start, end in found.found]) == (True, ["לעירייה"])


def test_what_is_missing_or_must_not_be_there_is_named() -> None:
    post = PostText.of("the bus on the road")
    found = explain_match(parse_query('road "road works" -bus lang:he'), post)
    assert (found.matches, found.missing, found.excluded) == (False, ("road works", "lang:he"), ("bus",))


WORDS = st.sampled_from(("road", "bus", "מים", "לעירייה", "עירייה", "вода", "ماء"))
QUERIES = st.recursive(
    WORDS,
    lambda inner: st.tuples(inner, st.sampled_from((" ", " OR ", " NOT ")), inner).map(
        lambda p: f"({p[0]}{p[1]}{p[2]})"
    ),
    max_leaves=5,
)


@given(QUERIES, st.lists(WORDS, max_size=6))
def test_a_query_and_its_double_negation_match_the_same(query: str, words: list[str]) -> None:
    post = PostText.of(" ".join(words))
    plain, double = parse_query(f"{query} OR road"), parse_query(f"({query} OR road) NOT (NOT ({query} OR road))")
    queries = WatchQueries({1: plain, 2: double})
    assert queries.match(post) in ([], [1, 2])


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(QueryError):
        explain_match(parse_query(text), PostText.of(text))
