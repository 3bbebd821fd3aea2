import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.language import detect, direction


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        *(("שלום", "he"), ("כן", "he"), ("לחתום 48213", "he"), ("יש בור בכביש ליד Super-Pharm", "he")),
        *(("Facebook Instagram לא עובד", "he"), ("ארנונה https://www.example.org/a/very/long/path", "he")),
        *(("مرحبا", "ar"), ("لا", "ar"), ("أريد التوقيع ٤٨٢١٣", "ar"), ("سلام، چطورید؟", "ar")),
        *(("Привет", "ru"), ("да", "ru"), ("Ёлка во дворе WhatsApp", "ru"), ("дякую, все гаразд", "ru")),
        *(("hello", "en"), ("no", "en"), ("sign 48213", "en"), ("I live in תל אביב", "en")),
        *(("The pothole on רחוב הרצל is still there", "en"), ("café", "en"), ("Yes 👍", "en")),
    ],
)
def test_a_text_tells_its_language(text: str, lang: str) -> None:
    assert detect(text) == lang


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "48213",
        "٤٨٢",
        "👍",
        "?!",
        "ok",
        "OK 👍",
        "https://example.org/path",
        "dana@example.org",
        "የኢትዮጵያ",
        "你好",
    ],
)
def test_a_text_that_tells_nothing_leaves_the_language_as_it_was(text: str) -> None:
    assert detect(text) is None
    assert detect(text, "ru") == "ru"


@given(st.text())
def test_any_text_at_all_gets_a_language_or_the_default(text: str) -> None:
    assert detect(text, "default") in {"he", "ar", "ru", "en", "default"}


@pytest.mark.parametrize(
    ("lang", "way"), [("he", "rtl"), ("he-IL", "rtl"), ("AR", "rtl"), ("ru", "ltr"), ("en-GB", "ltr"), ("", "ltr")]
)
def test_a_language_runs_one_way(lang: str, way: str) -> None:
    assert direction(lang) == way
