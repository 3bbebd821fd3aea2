"""Mails with something wrong: what is damaged is lost, and nothing beside it."""

from __future__ import annotations

import time

import pytest

from kesher.channels.base import Event, Kind, Request
from kesher.channels.email.adapter import Adapter
from kesher.channels.email.charsets import decode, header_text
from kesher.channels.email.parse import file_name
from kesher.channels.email.reply_text import strip_quotes

ADAPTER = Adapter()
HEAD = "From: Dana <dana@mail.example>\nTo: moked@city.example\nSubject: s\nMessage-ID: <1@mail.example>\n"
HEBREW, RUSSIAN, ARABIC = "שלום לכולם, הבור עדיין כאן", "Здравствуйте, яма ещё здесь", "مرحبا، الحفرة ما زالت هنا"


def read(raw: bytes | str) -> Event:
    body = raw.encode() if isinstance(raw, str) else raw
    [found] = ADAPTER.parse(Request("POST", "/", "", {"content-type": "message/rfc822"}, body))
    return found


# Charsets

WRITTEN = [
    (HEBREW, "windows-1255", "windows-1255"), (HEBREW, "windows-1255", "iso-8859-8-i"),
    (HEBREW, "windows-1255", "ISO-8859-8-E"), (HEBREW, "iso-8859-8", "iso-8859-8"), (HEBREW, "utf-8", "utf-8"),
    (HEBREW, "windows-1255", ""), (HEBREW, "windows-1255", "x-no-such"), (HEBREW, "windows-1255", "us-ascii"),
    (HEBREW, "windows-1255", "iso-8859-1"), (HEBREW, "windows-1255", "utf-8"), (HEBREW, "utf-8", "windows-1255"),
    (HEBREW, "utf-8", "iso-8859-1"), (HEBREW, "utf-8", "us-ascii"), (HEBREW, "cp862", "dos-862"),
    (RUSSIAN, "windows-1251", "windows-1251"), (RUSSIAN, "koi8-r", "koi8-r"), (RUSSIAN, "utf-8", "windows-1251"),
    (RUSSIAN, "windows-1251", ""), (RUSSIAN, "koi8-r", ""), (RUSSIAN, "windows-1251", "utf-8"),
    (ARABIC, "windows-1256", "windows-1256"), (ARABIC, "utf-8", "windows-1256"), (ARABIC, "iso-8859-6", "iso-8859-6-i"),
    ("朱镕基 你好", "gb18030", "gb2312"), ("朱镕基 你好", "gb18030", "GBK"), ("naïve façade", "cp1252", "iso-8859-1"),
    ("Größe “ok”", "cp1252", "iso-8859-1"), (HEBREW, "utf-7", "utf-7"), (HEBREW, "utf-7", "unicode-1-1-utf-7"),
    (HEBREW, "utf-16", "utf-16"), (HEBREW, "windows-1255", '"windows-1255"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codec", "named"), WRITTEN)
def test_a_text_is_read_in_its_own_charset(text: str, codec: str, named: str) -> None:
    assert decode(text.encode(codec), named) == text


@pytest.mark.parametrize(("text", "codec", "named"), [row for row in WRITTEN if not row[1].startswith("utf-")])
@pytest.mark.parametrize("damage", [b"\xff", b"\xd9", b"\x81"])
def test_a_byte_outside_the_charset_costs_one_letter(text: str, codec: str, named: str, damage: bytes) -> None:
    whole = text.encode(codec)
    for at in (0, whole.index(b" ") + 1 if codec != "gb18030" else len(whole), len(whole)):
        found = decode(whole[:at] + damage + whole[at:], named)
        assert len([word for word in text.split() if word not in found]) <= 1, found


@pytest.mark.parametrize(("text", "codec"), [(HEBREW, "windows-1255"), (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r")])
def test_a_footer_in_another_charset_costs_nothing(text: str, codec: str) -> None:
    for footer in ("נשלח מהנייד שלי", "Отправлено с телефона", "👍🏽 тест"):
        assert decode(text.encode(codec) + b"\n--\n" + footer.encode(), codec) == f"{text}\n--\n{footer}"


def test_a_broken_letter_in_utf_8_costs_that_letter() -> None:
    whole = HEBREW.encode()
    assert decode(whole[:-1], "utf-8") == HEBREW[:-1] + "\ufffd"
    assert decode(whole[:9] + b"\xff" + whole[9:], "") == f"{HEBREW[:5]}\ufffd{HEBREW[5:]}"


def test_two_letters_that_look_like_utf_8_are_what_they_are_called() -> None:
    assert decode("Её".encode("windows-1251"), "windows-1251") == "Её"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?windows-1255?Q?=F9=EC=E5=ED=FF_=E0=E1?=", "שלום\ufffd אב"),
        ("=?windows-1251?B?z/Do4uXy?=", "Привет"),
        ("=?gb2312?B?lswK?=", decode(b"\x96\xcc\n", "gb18030")),
        ("=?utf-8?Q?=D7=A9=D7=9C=D7=95=D7=9D=FF?=", "שלום\ufffd"),
        ("=?us-ascii?Q?=D7=A9=D7=9C?=", "של"),
        ("=?windows-1255?Q?=D7=A9=D7=9C=D7=95=D7=9D?=", "שלום"),
    ],
)
def test_a_subject_keeps_what_can_be_read(written: str, meant: str) -> None:
    assert header_text(written) == meant.strip()


# Names of files


def name_of(disposition: bytes, kind: bytes = b"application/pdf") -> str:
    head = HEAD.encode() + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\nContent-Type: " + kind
    found = read(head + b"\nContent-Disposition: attachment" + disposition + b"\n\n%PDF\n--b--\n")
    assert found.text == "words"
    return found.media[0].name


NAMES = {
    "windows-1255": ("טופס בקשה.pdf", "נספח (2).pdf", "plan.pdf"),
    "windows-1251": ("Заявка на ремонт.pdf", "Счёт за воду.pdf", "plan.pdf"),
    "koi8-r": ("Заявка на ремонт.pdf",),
    "utf-8": ("טופס בקשה.pdf", "Заявка.pdf", "طلب.pdf"),
}


@pytest.mark.parametrize(("codec", "name"), [(codec, name) for codec, names in NAMES.items() for name in names])
def test_a_name_in_raw_letters_is_read(codec: str, name: str) -> None:
    assert name_of(b'; filename="' + name.encode(codec) + b'"') == name
    assert name_of(b"; filename=" + name.encode(codec)) == name
    assert name_of(b"", b'application/pdf; name="' + name.encode(codec) + b'"') == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("; filename*=UTF-8''%D7%98%D7%95%D7%A4%D7%A1.pdf", "טופס.pdf"),
        ("; filename*=windows-1255'he'%E8%E5%F4%F1.pdf", "טופס.pdf"),
        ("; filename=form.pdf; filename*=UTF-8''%D7%98%D7%95%D7%A4%D7%A1.pdf", "טופס.pdf"),
        (";\n filename*0*=UTF-8''%D7%98%D7;\n filename*1*=%95%D7%A4;\n filename*2=\".pdf\"", "טופ.pdf"),
        ('; filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        ('; filename="=?utf-8?B?15jXldek16E=?=.pdf"', "טופס.pdf"),
        ("; filename==?windows-1255?Q?=E8=E5=F4=F1?=.pdf", "טופס.pdf"),
        ('; filename="=?utf-8?Q?=D7=98=D7?=\n =?utf-8?Q?=95=D7=A4.pdf?="', "טופ.pdf"),
        ("; filename=my form.pdf", "my form.pdf"),
        ('; filename="a;b \\"c\\".pdf"', 'a;b "c".pdf'),
        ('; filename="C:\\dir\\form.pdf"', "form.pdf"),
        ('; filename="../../form.pdf"', "form.pdf"),
        ('; filename="form.pdf', "form.pdf"),
        ("; FileName = form.pdf ; size=3", "form.pdf"),
        ('; filename="a\x00b.pdf"', "ab.pdf"),
        ("", ""),
    ],
)
def test_a_name_is_read_however_it_is_encoded(written: str, name: str) -> None:
    assert name_of(written.encode()) == name


# Heads that are not as they should be


@pytest.mark.parametrize(
    "raw",
    [
        f"\n{HEAD}\nhello",
        f"\r\n \r\n{HEAD}\nhello",
        f"From dana@mail.example Tue Nov 24 10:00:00 2026\n{HEAD}\nhello",
        f">From dana@mail.example Tue Nov 24 10:00:00 2026\n{HEAD}\nhello",
        f"\n>From a\n{HEAD}\nhello",
        f"a stray line\n{HEAD}\nhello",
        HEAD.replace("To:", "a stray line\nTo:") + "\nhello",
        HEAD.replace("To:", ">From other\nTo:") + "\nhello",
        HEAD.replace("To:", "שורה\n (folded)\nTo:") + "\nhello",
        HEAD + "hello",
        HEAD.replace("\n", "\r\n") + "\r\nhello",
        f"{HEAD}Content-Type: multipart/mixed; boundary=none\n\nhello",
        f"{HEAD}Content-Type: multipart/mixed\n\n--x\n\nhello\n--x--",
        f"{HEAD}Content-Type: multipart/mixed; boundary=other\n\n--x\n\nhello",
        *(
            f"{HEAD}Content-Type: {kind}\n\nhello"
            for kind in (
                "text",
                "plain",
                "text/",
                "/plain",
                "text\\plain",
                "plain/text",
                "text/plain charset=utf-8",
                "=?utf-8?q?text/plain?=",
            )
        ),
        *(
            f"{HEAD}Content-Type: {kind}\n\n<p>hello</p>"
            for kind in ("html", "text/html;;; charset", "TEXT/HTML;charset", "text html")
        ),
        f"{HEAD}Content-Type: text/pl\x00ain\n\nhello",
        f"{HEAD}Content-Transfer-Encoding: 8bit; x\n\nhello",
        f"{HEAD}Content-Transfer-Encoding: base64\n\naGVsbG8",
    ],
)
def test_a_slip_in_the_head_hides_neither_sender_nor_words(raw: str) -> None:
    found = read(raw)
    assert (found.kind, found.text, found.media) == (Kind.MESSAGE, "hello", ())
    assert found.sender is not None
    assert found.sender.address == "dana@mail.example"


def test_what_cannot_be_words_stays_a_file() -> None:
    for kind in ("application/octet-stream", "nonsense", "image/png"):
        [media] = read(f"{HEAD}Content-Type: {kind}\n\na\x00b").media
        assert media.content.startswith(b"a\x00b")
        assert "\x00" not in media.mime


# Several forms of one text

ALTERNATIVE = HEAD + (
    "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{0}\n--b\nContent-Type: text/html\n\n{1}\n--b--\n"
)
WORDS = "The lamp in our street has been broken for two weeks. Please come and see."


@pytest.mark.parametrize(
    "plain",
    [
        "This message needs an HTML reader.",
        "Your e-mail program does not support HTML messages",
        "To view this email please use an HTML compatible viewer!",
        "כדי לקרוא הודעה זו יש לפתוח אותה בדפדפן",
        "Это письмо в формате HTML",
        "هذه الرسالة بتنسيق HTML",
        "See below.",
        " ",
    ],
)
def test_a_text_that_only_sends_its_reader_elsewhere_hides_nothing(plain: str) -> None:
    assert read(ALTERNATIVE.format(plain, f"<p>{WORDS * 2}</p>")).text == WORDS * 2


@pytest.mark.parametrize("plain", [WORDS, "My HTML page of your city does not open", "Yes", "תודה"])
def test_a_text_that_the_html_says_too_is_taken(plain: str) -> None:
    assert read(ALTERNATIVE.format(plain, f"<h1>City</h1><p>{plain}</p><p>{WORDS}</p>")).text == plain


# What somebody passes on

FORWARDS = [
    "---------- Forwarded message ---------\nFrom: Omar\nDate: Tue\nSubject: Bill\nTo: Dana\n\nPay!",
    "Begin forwarded message:\n\nFrom: Omar\nSubject: Bill\nDate: Tue\nTo: Dana\n\nPay!",
    "---------- הודעה שהועברה ---------\nמאת: עומר\nתאריך: יום ג\nנושא: חשבון\nאל: דנה\n\nלתשלום",
    "---------- Пересылаемое сообщение ---------\nОт: Омар\nДата: вт\nТема: Счёт\nКому: Дана\n\nОплатите",
    "---------- رسالة معاد توجيهها ---------\nمن: عمر\nالتاريخ: الثلاثاء\nالموضوع: فاتورة\nإلى: دانا\n\nادفع",
]


@pytest.mark.parametrize("passed_on", FORWARDS)
def test_a_forward_is_whole_whatever_its_subject(passed_on: str) -> None:
    for subject in ("", "Bill", "Re: Bill", "Fwd: Bill"):
        assert strip_quotes(f"Is this real?\n\n{passed_on}", subject) == f"Is this real?\n\n{passed_on}"


def test_headers_below_a_mail_that_answers_nothing_are_a_forward() -> None:
    outlook = "Is this real?\n\nFrom: Omar <omar@mail.example>\nSent: Tuesday\nTo: Dana\nSubject: Bill\n\nPay!"
    assert read(f"{HEAD}\n{outlook}").text == outlook
    assert read(f"{HEAD}In-Reply-To: <2@city.example>\n\n{outlook}").text == "Is this real?"
    assert read(HEAD.replace("Subject: s", "Subject: Re: Bill") + f"\n{outlook}").text == "Is this real?"
    assert read(HEAD.replace("To: moked", "To: moked+t-abc") + f"\n{outlook}").text == "Is this real?"


# More than is read


def test_what_is_too_long_is_cut_with_a_mark_and_kept_whole_as_a_file() -> None:
    for kind, letter in (("text/plain", "x"), ("text/html", "y")):
        found = read(f"{HEAD}Content-Type: {kind}\n\n" + letter * 2_100_000)
        assert found.text.endswith("…")
        assert found.data["truncated"] is True
        assert len(found.media[0].content) == 2_100_000


def test_the_budget_is_the_requests_and_not_each_parts() -> None:
    parts = "--b\nContent-Type: text/html\n\n" + "<i>x</i>" * 200_000 + "\n"
    found = read(f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{parts * 4}--b--\n")
    assert len(found.text) <= 2_000_010
    assert found.data["truncated"] is True
    assert len(found.media) == 3


def test_layers_and_parts_beyond_number_are_kept_unread() -> None:
    layers = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(400))
    many = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 3000 + "--b\n\nlast words\n"
    for raw in (f"{HEAD}{layers}\nlast words\n", many):
        found = read(raw)
        assert found.data["truncated"] is True
        assert b"last words" in found.media[-1].content


def test_two_megabytes_of_signs_are_read_in_less_than_a_second() -> None:
    began = time.process_time()
    found = read(f"{HEAD}Content-Type: text/html\n\n" + "<" * 2_000_000)
    assert time.process_time() - began < 1
    assert found.text.count("<") == 2_000_000


# What mail programs do


def test_a_page_names_its_charset_itself() -> None:
    for meta in ("<meta charset=windows-1256>", "<META http-equiv=x content='text/html; charset=windows-1256'>"):
        page = f"<html><head>{meta}</head><body>{ARABIC}</body></html>".encode("windows-1256")
        assert read(HEAD.encode() + b"Content-Type: text/html\n\n" + page).text == ARABIC


def test_what_no_reader_sees_is_not_read_unless_there_is_nothing_else() -> None:
    for hidden in ("<div style='display: none'>{}</div>", "<span hidden>{}</span>", "<div style=font-size:0>{}</div>"):
        html = hidden.format("<div>weekly news</div>") + "<p>The hole is <span style='font-size:0.9em'>here</span></p>"
        assert read(HEAD + "Content-Type: text/html\n\n" + html).text == "The hole is here"
        assert read(HEAD + "Content-Type: text/html\n\n" + hidden.format("alone")).text == "alone"


def test_a_mark_before_the_head_and_the_line_ends_of_old_machines_hide_nothing() -> None:
    for raw in (b"\xef\xbb\xbf" + (HEAD + "\nhello").encode(), (HEAD + "\nhello").replace("\n", "\r").encode()):
        found = read(raw)
        assert found.sender is not None
        assert (found.sender.address, found.text) == ("dana@mail.example", "hello")


def test_a_files_name_keeps_its_ending_and_turns_no_letters_around() -> None:
    assert file_name("א" * 400 + ".pdf") == "א" * 196 + ".pdf"
    assert file_name("ann\u202efdp.exe") == "annfdp.exe"
    assert file_name("x" * 400) == file_name("." + "x" * 400) == "x" * 200


def test_a_machines_subject_tells_it_from_a_person_where_its_headers_are_gone() -> None:
    machines = (
        "Automatic reply: x",
        "Re: Auto-Reply: x",
        "תשובה אוטומטית: x",
        "Автоматический ответ: x",
        "رد تلقائي: x",
    )
    for subject, kind in [(words, Kind.AUTO_REPLY) for words in machines] + [
        ("Automatic reply to my case", Kind.MESSAGE),
        ("תשובה אוטומטית אינה תשובה", Kind.MESSAGE),
    ]:
        assert read(f"From: dana@mail.example\nSubject: {subject}\n\nwords").kind is kind


def test_a_sign_put_under_our_mail_is_no_message() -> None:
    part = "Content-Type: text/vnd.google.email-reaction+json\n\n"
    head = "From: dana@mail.example\nContent-Type: multipart/alternative; boundary=b\n"
    body = f'--b\n\n👍 Dana reacted\n--b\n{part}{{"emoji": "👍", "version": 1}}\n--b--\n'
    found = read(f"{head}In-Reply-To: <1@city.example>\n\n{body}")
    assert (found.kind, found.text, found.target) == (Kind.REACTION, "👍", "<1@city.example>")
    assert read(f"{head}\n{body}").kind is Kind.MESSAGE
