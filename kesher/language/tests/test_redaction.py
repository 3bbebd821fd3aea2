import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kesher.language import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("dana@example.com", "d***@e***.com"),
        ("כתבו לdana.c+x@mail.example.org.il, תודה", "כתבו לd***@m***.il, תודה"),
        ("דנה@דוגמה.ישראל", "ד***@ד***.ישראל"),
        ("050-1234567", "***67"),
        ("0501234567.", "***67."),
        ("התקשרו ל-052 123 4567 או 02-1234567", "התקשרו ל-***67 או ***67"),
        ("(02) 123-4567", "***67"),
        ("077-123-45-67", "***67"),
        ("*050-1234567*", "****67*"),
        ("+972501234567", "***67"),
        ("+972 (0)50-123-4567", "***67"),
        ("972501234567", "***67"),
        ("00972 50 1234567", "***67"),
        ("\u202a+972\u00a050‑123‑4567\u202c", "\u202a***67\u202c"),
        ("٠٥٠١٢٣٤٥٦٧", "***67"),
        ("+7 912 345-67-89", "***89"),
        ("8 (912) 345-67-89", "***89"),
        ("+44 20 7946 0958", "***58"),
        ("ת.ז. 039337423", "ת.ז. ***"),
        ("03933742-3", "***"),
        ('ת"ז: 39337423', 'ת"ז: ***'),
        ("هوية رقم 39337423", "هوية رقم ***"),
        ("ID 39337423", "ID ***"),
        ("4580 4580 4580 4580", "***4580"),
        ("4111-1111-1111-1111 12/27", "***1111 12/27"),
        ("378282246310005", "***0005"),
        ("IL62 0108 0000 0009 9999 999", "***"),
        ("GB82WEST12345698765432", "***"),
        ("מכתובת 192.168.1.17 ומ-2001:db8::8a2e", "מכתובת 192.*** ומ-2001:***"),
    ],
)
def test_personal_data_is_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        *("", "שלום", "פנייה 48213", "קוד 482913", "106", "*6050", "1-800-123456"),
        *("24.11.2026", "24/11/2026 10:30", "03-11-2026 9:30", "2026-11-24T10:30:00+02:00", "2024-2026", "12:30:45"),
        *("1,234.50 ₪", "₪12345678", "גוש 6941 חלקה 123", "32.0853012, 34.7817676", "10:00-16:00", "20261124"),
        *("123456789", "4580 4580 4580 4581", "1732444200000", "999.1.1.1", "a@b", "@kesher", "GB82WEST12345698765433"),
        *("0190f3c2-1234-7abc-8def-050123456789", "#139337425", "٤٨٢١٣", "ID 39337424"),
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text


def identity(number: int) -> str:
    """An identity number with its check digit, computed apart from the code under test."""
    figures = f"{number:08d}"
    doubled = [int(figure) * (1, 2)[place % 2] for place, figure in enumerate(figures)]
    return figures + str(-sum(sum(map(int, str(value))) for value in doubled) % 10)


@given(st.integers(1, 99_999_999), st.sampled_from(["ת.ז. {}", "ID: {}.", "מספר זהות {}, תודה", "{}"]))
def test_no_valid_identity_number_is_left(number: int, sentence: str) -> None:
    assert identity(number) not in mask(sentence.format(identity(number)))


@given(
    st.sampled_from(["050", "054", "02", "03", "077"]), st.integers(0, 9_999_999), st.sampled_from(["", "-", " ", "."])
)
def test_no_israeli_phone_number_is_left(area: str, number: int, gap: str) -> None:
    assert f"{number:07d}"[:5] not in mask(f"הטלפון שלי {area}{gap}{number:07d} בערב")


@given(st.text(alphabet="0123456789+-. ()*@:aש/\u200e٠٩", max_size=60) | st.text())
@example("a@b.com@c.com")
@example("050-1234502 1234567")
def test_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_long_hostile_text_takes_no_long_time() -> None:
    shuffled = random.Random(7)
    for alphabet in ("0", "0 -", "a.", "1.", "aF:", "ID ", "@a.", "0٠+("):
        mask("".join(shuffled.choice(alphabet) for _ in range(20_000)))
