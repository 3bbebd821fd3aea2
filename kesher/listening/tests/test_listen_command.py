"""The command `kesher listen`: train, activate and classify, one JSON object each."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from kesher.agencies.models import Agency
from kesher.core.db.agency_scope import scope
from kesher.listening.model_files import active_name
from kesher.listening.tests.test_sentiment_model import BAD, GOOD, WHERE
from kesher.understanding.learning.model_store import Model
from kesher.understanding.tests.conftest import model as model  # noqa: PLC0414  # a fixture
from kesher.understanding.tests.conftest import model_folder as model_folder  # noqa: PLC0414  # a fixture
from kesher.understanding.understand import understand

KEYS = ["text", "language", "sentiment", "confidence", "unsure", "question", "urgency", "masked"]
Listen = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def listen(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Return a function that runs the command on lines of input, and returns the objects that it prints."""
    settings.DATA = tmp_path

    def run(*arguments: str, lines: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        out, printed = TextIOWrapper(BytesIO(), encoding="utf-8"), StringIO()
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO("".join(line + "\n" for line in lines).encode())))
        monkeypatch.setattr(sys, "stdout", out)
        call_command("listen", *arguments, stdout=printed)
        out.flush()
        assert isinstance(out.buffer, BytesIO)
        return [json.loads(line) for line in (printed.getvalue() + out.buffer.getvalue().decode()).splitlines()]

    return run


@pytest.fixture
def labels(tmp_path: Path) -> str:
    """Return the path of a file with eighty labelled texts, one of them twice."""
    pairs = [
        (f"{words} {where}", mood) for mood, many in (("good", GOOD), ("bad", BAD)) for words in many for where in WHERE
    ]
    file = tmp_path / "labels.tsv"
    file.write_text("".join(f"{text}\t{mood}\n" for text, mood in [*pairs, pairs[0]]), encoding="utf-8")
    return str(file)


def test_training_prints_its_scores_and_activates_nothing(listen: Listen, labels: str) -> None:
    [found] = listen("train", "first", labels)
    assert list(found) == ["name", "rows", "used", "labels", "accuracy", "macro_f1", "folds", "train_s"]
    assert (found["name"], found["rows"], found["used"], found["labels"]) == ("first", 81, 80, ["bad", "good"])
    assert active_name() == ""
    [fewer] = listen("train", "second", labels, "--most", "40", "--seed", "3")
    assert fewer["used"] == 40


def test_labels_that_mean_nothing_are_warned_of(
    listen: Listen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "noise.tsv"
    file.write_text("".join(f"word{n}\t{'bad' if n % 4 else 'good'}\n" for n in range(80)), encoding="utf-8")
    listen("train", "noise", str(file))
    assert "no better than always saying 'bad', which is right for 0.75 of the texts" in capsys.readouterr().err


def test_training_again_changes_nothing_that_is_active(listen: Listen, labels: str, tmp_path: Path, db: None) -> None:
    listen("train", "first", labels)
    listen("activate", "first")
    swapped = tmp_path / "swapped.tsv"
    content = Path(labels).read_text(encoding="utf-8")
    swapped.write_text(
        content.replace("\tgood", "\t?").replace("\tbad", "\tgood").replace("\t?", "\tbad"), encoding="utf-8"
    )
    listen("train", "first", str(swapped))
    moods = [listen("classify", *name, lines=("תודה רבה",))[0]["sentiment"] for name in ((), ("--model", "first"))]
    assert moods == ["good", "bad"]
    listen("activate", "first")
    assert (active_name(), listen("classify", lines=("תודה רבה",))[0]["sentiment"]) == ("first", "bad")


def test_each_line_gives_one_object_and_unmasked_text_is_never_printed(listen: Listen, labels: str, db: None) -> None:
    listen("train", "first", labels)
    listen("activate", "first")
    found = listen("classify", lines=("תודה רבה 050-1234567", "", "מתי תתקנו?", "a\u2028b"))
    assert [list(row) for row in found] == [KEYS] * 4
    assert "1234567" not in json.dumps(found)
    assert (found[0]["sentiment"], found[0]["masked"], found[0]["language"]) == ("good", ["phone"], "he")
    assert (found[1]["sentiment"], found[1]["unsure"], found[1]["urgency"]) == ("", True, "none")
    assert found[2]["question"]


def test_a_danger_is_urgent_without_an_agency(listen: Listen, labels: str, db: None) -> None:
    listen("train", "first", labels)
    found = listen("classify", "--model", "first", lines=("יש שריפה בבניין, אנשים לכודים", "הפח מלא"))
    assert [row["urgency"] for row in found] == ["sure", "none"]


def test_with_an_agency_a_possible_danger_is_one_of_the_messages_it_would_be(
    listen: Listen, labels: str, city: Agency, model: Model, model_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(model_folder, tmp_path, dirs_exist_ok=True)
    listen("train", "first", labels)
    lines = ("יש שריפה בבניין, אנשים לכודים", "אני כבר לא רוצה לחיות", "יש ריח מוזר של עשן במדרגות", "הפח מלא")
    found = listen("classify", "--model", "first", lines=lines)
    with scope(city):
        expected = [understand(line, "he", model=model).situation or "none" for line in lines]
    assert [row["urgency"] for row in found] == expected
    assert expected[0] == "sure"
    assert expected[3] == "none"


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify",),
        ("classify", "--model", "nobody"),
        ("classify", "--model", "../labels"),
        ("activate", "nobody"),
        ("train", "a/b", "{labels}"),
        ("train", "first", "{labels}", "--most", "-1"),
        ("train", "first", "{labels}", "--semantic"),
        ("train", "first", "absent.tsv"),
        ("train", "first", "{labels}", "--format", "hebemo"),
    ],
)
def test_what_cannot_be_done_ends_with_a_reason_and_status_2(
    listen: Listen, labels: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        listen(*(part.format(labels=labels) for part in arguments), lines=("text",))
    assert stopped.value.code == 2
    assert capsys.readouterr().err.strip()
