"""The command `kesher understand`: one JSON object a line, whatever comes in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from django.core.management import call_command

from kesher.agencies.models import Agency
from kesher.understanding.learning.model_store import Model
from kesher.understanding.registry import CANDIDATES, Source, Title

KEYS = [
    *("text", "lang", "action", "commands", "verb", "also", "subject", "slots", "slug", "offered"),
    *("situation", "situation_kind", "probability", "ms"),
]
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(city: Agency, model: Model, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a function that gives the command lines, as text or bytes, and returns what it prints."""

    def run(*lines: str | bytes, **options: Any) -> list[dict[str, Any]]:
        given = b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines)
        out = TextIOWrapper(BytesIO(), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given)))
        monkeypatch.setattr(sys, "stdout", out)
        call_command("understand", **options)
        out.flush()
        assert isinstance(out.buffer, BytesIO)
        return [json.loads(line) for line in out.buffer.getvalue().decode().splitlines()]

    return run


def test_each_line_gives_one_object_with_all_keys_in_order(ask: Ask) -> None:
    found = ask("שלום", "", "Where do I pay arnona?", "يا ناس", "хочу подписать")
    assert [list(row) for row in found] == [KEYS] * 5
    assert [row["text"] for row in found] == ["שלום", "", "Where do I pay arnona?", "يا ناس", "хочу подписать"]
    assert all(0 <= row["probability"] <= 1 and row["ms"] >= 0 for row in found)


def test_each_object_is_flushed_before_the_next_line_is_read(
    city: Agency, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, seen = TextIOWrapper(BytesIO(), encoding="utf-8"), []

    class Typing:
        def reconfigure(self, **_options: Any) -> None: ...

        def __iter__(self) -> Iterator[str]:
            for line in ("תפריט\n", "stop\n", "menu\n"):
                seen.append(out.buffer.getvalue().count(b"\n"))
                yield line

    monkeypatch.setattr(sys, "stdin", Typing())
    monkeypatch.setattr(sys, "stdout", out)
    call_command("understand")
    assert seen == [0, 1, 2]


def test_an_empty_line_is_unknown(ask: Ask) -> None:
    assert [row["action"] for row in ask("", "   ", "\t")] == ["unknown"] * 3


def test_over_4096_characters_a_text_is_cut(ask: Ask) -> None:
    cut, whole = ask("פח " * 2000, "פ" * 4096)
    assert cut["cut"] is True
    assert list(cut) == [*KEYS, "cut"]
    assert len(cut["text"]) == 4096
    assert "cut" not in whole


def test_bytes_that_are_not_utf_8_are_replaced(ask: Ask) -> None:
    found = ask(b"caf\xe9 \xff\xfe\n", "menu")
    assert found[0]["text"] == "caf� ��"
    assert found[1]["commands"] == ["menu"]


def test_a_separator_inside_a_line_does_not_end_it(ask: Ask) -> None:
    found = ask("stop\u2028now\x0b\x85\x1e please", "a\rb", b"stop\r\n")
    assert [row["text"] for row in found] == ["stop\u2028now\x0b\x85\x1e please", "a\rb", "stop"]


def test_a_line_without_an_end_is_a_line(ask: Ask) -> None:
    assert [row["text"] for row in ask(b"menu\nstop")] == ["menu", "stop"]


@pytest.mark.parametrize(("word", "lang"), [("stop", "en"), ("הסר", "he"), ("إيقاف", "ar"), ("стоп", "ru")])
def test_a_bare_stop_stops_at_once(ask: Ask, word: str, lang: str) -> None:
    [found] = ask(word, lang=lang)
    assert (found["action"], found["commands"], found["lang"]) == ("stop", ["stop"], lang)


@pytest.mark.parametrize(
    "sentence",
    ["please stop sending me these messages", "תפסיקו לשלוח לי הודעות בבקשה", "перестаньте присылать мне сообщения"],
)
def test_a_stop_inside_a_sentence_is_asked_back(ask: Ask, sentence: str) -> None:
    [found] = ask(sentence)
    assert (found["action"], found["commands"]) == ("ask_stop", ["stop"])


def test_a_word_of_stopping_that_means_something_else_never_stops(ask: Ask) -> None:
    found = ask("the bus stop on our street has no roof", "המים הפסיקו לזרום ברחוב הרצל 5", "stop line is worn off")
    assert "stop" not in {row["action"] for row in found}


def test_a_greeting_before_a_request_is_both(ask: Ask) -> None:
    [found] = ask("שלום, אני רוצה לדבר עם נציג אנושי בבקשה מהר")
    assert found["commands"] == ["greeting", "person"]
    assert found["action"] == "person"


def test_a_message_in_the_wrong_keyboard_layout_is_read(ask: Ask) -> None:
    meant, typed = ask("אני רוצה לדבר עם נציג בקשר לחשבון", "tbh rumv kscr go bmhd cear kjacui")
    assert (typed["action"], typed["commands"], typed["lang"]) == (meant["action"], meant["commands"], "he")


def test_a_verb_finds_its_subject_by_the_title(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    title = Title("48213", {"he": "הצללה בגני השעשועים", "en": "Shade in playgrounds"}, verbs=("petitions.sign",))
    monkeypatch.setitem(CANDIDATES.sources, "petition", Source("petition", lambda: [title], lambda: 1))
    [found] = ask("I want to sign the petition about shade in playgrounds")
    assert (found["verb"], found["subject"]) == ("petitions.sign", "48213")
    assert (found["offered"][0]["kind"], found["offered"][0]["id"]) == ("petition", "48213")


def test_danger_is_an_emergency_also_in_a_sentence(ask: Ask) -> None:
    [found] = ask("הבית שלי בוער ויש ילדים בפנים")
    assert (found["action"], found["situation"]) == ("emergency", "sure")


def test_the_agency_is_chosen_by_its_slug(ask: Ask, town: Agency) -> None:
    assert ask("menu", agency=town.slug)[0]["action"] == "command"


@pytest.mark.parametrize("options", [{}, {"agency": "atlantis"}, {"semantic": True}])
@pytest.mark.django_db
def test_without_an_agency_or_the_encoder_it_exits_with_one_line_on_standard_error(
    options: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("understand", **options)
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert (out, err.count("\n")) == ("", 1)


def test_the_encoder_is_not_used_by_default(ask: Ask) -> None:
    assert ask("menu", semantic=False)[0]["commands"] == ask("menu")[0]["commands"]
