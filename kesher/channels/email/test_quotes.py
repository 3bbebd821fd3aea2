"""What mail programs put under an answer, in four languages."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.channels.email.html_to_text import html_to_text
from kesher.channels.email.reply_text import strip_quotes

OWN = {
    "he": "תודה רבה.\n\nהבור עדיין שם, מול מספר 12:\nבבקשה לטפל.",
    "ar": "شكراً جزيلاً.\n\nالحفرة ما زالت هناك.",
    "ru": "Спасибо.\n\nЯма всё ещё там: дом 12.",
    "en": "Thank you.\n\nThe hole is still there: number 12.",
}
# Program and language -> what it writes under the answer. Typed from the programs' known formats; the invisible marks
# are written out.
QUOTES: dict[str, str] = json.loads(Path(__file__).with_name("quoted.json").read_text("utf-8"))


@pytest.mark.parametrize("lang", OWN)
@pytest.mark.parametrize("program", QUOTES)
def test_only_the_answer_is_left(program: str, lang: str) -> None:
    assert strip_quotes(f"{OWN[lang]}\n\n{QUOTES[program]}\n") == OWN[lang]


@pytest.mark.parametrize("program", QUOTES)
def test_line_ends_of_any_kind_do_not_matter(program: str) -> None:
    assert strip_quotes(f"1\n\n{QUOTES[program]}".replace("\n", "\r\n")) == "1"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nתושבת לדוגמה\n050-0000000",
        "--\nA. Resident",
        "נשלח מה-iPhone שלי",
        "Sent from my phone",
        "Отправлено с iPhone",
        "أُرسلت من الـ iPhone",
    ],
)
def test_a_signature_goes(signature: str) -> None:
    assert strip_quotes(f"{OWN['he']}\n\n{signature}") == OWN["he"]


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote to you:\nand nobody came.",
        "On 24.11.2026 the mayor said the following:\nwe will fix it.",
        "בשנת 2019 כתבתי לכם מכתב:\nואין תשובה.",
        "מאת: תושבת מודאגת\nשלום רב,\nיש בור.",
        "От дома 12 до дома 14 темно:\nфонари не горят.",
        "From: the corner of the road\nto the school there is no light.",
        "שעות: 10:00\nמקום: רחוב הגפן\nנושא: פנס",
        "-- a dash, not a signature",
        "1\n----\n2",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert strip_quotes(text) == text


def test_answers_between_the_quotes_stay() -> None:
    text = (
        "On 24 Nov 2026, at 10:00, City <moked@city.example> wrote:\n\n> Where?\n\nBy the school.\n\n> When?\n\nToday."
    )
    assert strip_quotes(text) == "By the school.\n\n\nToday."


def test_an_answer_below_the_quote_stays() -> None:
    assert strip_quotes("24.11.2026 10:00, Город пишет:\n> Где?\n\nУ школы.") == "У школы."


def test_where_nothing_would_be_left_all_of_it_is() -> None:
    text = "> Is it fixed?\n> The city"
    assert strip_quotes(text) == text


@pytest.mark.parametrize("subject", ["Fwd: bill", "FW: bill", "הועבר: חשבון", "Пересл.: счёт", "إعادة توجيه: فاتورة"])
def test_a_forwarded_mail_stays_whole(subject: str) -> None:
    text = f"Is this real?\n\n{QUOTES['outlook en']}"
    assert strip_quotes(text, subject) == text
    assert strip_quotes(text, "Re: bill") == "Is this real?"


@given(st.text("אב:<>@.\n 1-_*>Onwrote", max_size=300))
def test_nothing_is_ever_invented(text: str) -> None:
    lines = set(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert all(line in lines for line in strip_quotes(text).split("\n"))


@pytest.mark.parametrize(
    "line",
    ["1" * 299 + ":", "<" * 150 + ">" * 149, "a@" * 149, "от " * 99, "On 1 " * 59, "* " * 149, "-" * 299, "From:" * 59],
)
def test_a_hostile_mail_takes_no_time(line: str) -> None:
    began = time.process_time()
    strip_quotes("\n".join([line] * 20_000))
    assert time.process_time() - began < 2


def test_html_becomes_lines_without_scripts_and_styles() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><p>Hello&nbsp;&amp; <b>good</b>\n morning</p>"
        "<script>alert('<p>no</p>')</script><ul><li>one<li>two</ul><table><tr><td>a<td>b</tr></table>"
        "line<br>break<blockquote>quoted<blockquote>deeper</blockquote></blockquote>"
        "<a href='https://city.example/f'>the form</a> <a href='https://city.example'>https://city.example</a></body>"
    )
    assert html_to_text(html) == (
        "Hello & good morning\n\n- one\n- two\n\na b\n\nline\nbreak\n\n> quoted\n>\n>> deeper\n>\n"
        "the form (https://city.example/f) https://city.example"
    )


def test_preformatted_text_keeps_its_spaces() -> None:
    assert html_to_text("<pre>a  b\n  c</pre>after") == "a  b\n  c\nafter"


@given(st.text("<>/!-&;\"'=apreblockquotescript \n", max_size=200))
def test_any_html_is_read(html: str) -> None:
    html_to_text(html)
