"""Labelled texts: what a file may hold, and folds that share no text."""

from __future__ import annotations

import csv
from pathlib import Path
from zipfile import ZipFile

import pytest

from kesher.listening.labelled_texts import (
    LabelledText,
    UnreadableFile,
    distinct_texts,
    draw_texts,
    fold_of,
    read_labelled,
    text_key,
)


def test_a_text_may_have_tabs_and_its_label_stands_behind_the_last(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_bytes("\ufeffטוב\tמאוד\tgood\r\n\nرائع\tgood\n".encode())
    assert read_labelled(file) == [LabelledText("טוב\tמאוד", "good"), LabelledText("رائع", "good")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"no tab\n", b"\tlabel only\n", b"text only\t\n", b"\xff\xfe\t1\n"])
def test_a_file_without_labelled_texts_is_refused_with_a_reason(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.tsv"
    file.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"a\.tsv"):
        read_labelled(file)
    with pytest.raises(UnreadableFile, match="absent"):
        read_labelled(tmp_path / "absent")


def test_hebemo_gives_what_the_raters_agreed_on_and_each_text_once(tmp_path: Path) -> None:
    columns = ["doc_id", "emotion_en", "agreed_score", "talkbacks"]
    rows = [
        ["1", "sentiment", "1.0", "תודה,\nבאמת"],
        ["1", "sentiment", "1.0", "תודה,\nבאמת"],
        ["2", "sentiment", "", "?"],
        ["3", "anger", "1.0", "!"],
        ["4", "sentiment", "0.0", "רע"],
    ]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.csv", "a.csv")
    for name in ("a.csv", "a.zip"):
        assert read_labelled(tmp_path / name, "hebemo") == [LabelledText("תודה,\nבאמת", "1"), LabelledText("רע", "0")]


def test_an_archive_that_is_damaged_or_holds_something_else_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here" * 50)
    whole = (tmp_path / "other.zip").read_bytes()
    (tmp_path / "damaged.zip").write_bytes(whole.replace(b"PK\x01\x02", b"PK\x00\x00"))
    for name in ("other.zip", "damaged.zip"):
        with pytest.raises(UnreadableFile, match=name):
            read_labelled(tmp_path / name, "hebemo")
    (tmp_path / "table.csv").write_text("text,label\na,1\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="has no column 'emotion_en'"):
        read_labelled(tmp_path / "table.csv", "hebemo")


def test_a_repeated_text_counts_once_and_one_with_two_labels_never() -> None:
    rows = [LabelledText(*row) for row in (("שָׁלוֹם!", "a"), ("שלום", "a"), ("Bin", "a"), ("bin.", "b"), ("רע", "b"))]
    assert list(distinct_texts(rows).values()) == [rows[0], rows[4]]


def test_a_text_is_in_the_same_fold_however_it_is_written() -> None:
    assert {fold_of(text_key(text)) for text in ("Good work", "good  WORK!", "Ｇood work")} == {fold_of("goodwork")}
    assert {fold_of(str(number)) for number in range(50)} == set(range(5))


def test_a_draw_is_repeatable_and_never_larger_than_asked() -> None:
    rows = {str(number): LabelledText(str(number), "a") for number in range(30)}
    first, again, other = draw_texts(rows, 10, 1), draw_texts(rows, 10, 1), draw_texts(rows, 10, 2)
    assert len(first) == 10
    assert first == again != other
    assert draw_texts(rows, 0, 1) == draw_texts(rows, 99, 1) == rows
