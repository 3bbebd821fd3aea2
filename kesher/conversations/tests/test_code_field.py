"""A message is taken as a code only if it is one: a sentence that repeats the code asks something."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from kesher.channels.email.reply_text import strip_quotes
from kesher.conversations.contact_address_fields import CodeField

SIGNED = "482913\n\nדנה לוי\nנשלח מהטלפון שלי, 050-5550142"
QUOTED = "482913\n\nOn Sat, 28 Nov 2026 at 10:00, City <city@example.org> wrote:\n> Your code to sign in: 111222."


@pytest.mark.parametrize(
    "text",
    [
        *("482913", " 482-913. ", "482 913", "٤٨٢٩١٣", "code: 482913", "My code is 482913", "הקוד שלי 482913"),
        *("الرمز هو ٤٨٢٩١٣", "Вот код: 482913", "sign 482913", "לחתום 482913", "שלום,\n482913\nתודה", SIGNED),
        strip_quotes(QUOTED, "Re: Your code", True),
    ],
)
def test_a_message_that_is_essentially_the_code_is_it(text: str) -> None:
    assert CodeField(max_length=60).clean(text) == "482913"


@pytest.mark.parametrize(
    "text",
    [
        *("I got 482913, what is it?", "482913? לא ביקשתי", "קיבלתי את הקוד 482913 ולא ביקשתי", "не просил 482913"),
        *(
            "وصلني 482913 ولم أطلبه",
            "Somebody asks me for the code 482913",
            "Who are you?\n482913",
            "482913 is not mine",
        ),
        *("0505482913", "code", "4829 13 77"),
    ],
)
def test_a_code_in_a_sentence_confirms_nothing(text: str) -> None:
    with pytest.raises(ValidationError):
        CodeField(max_length=60).clean(text)
