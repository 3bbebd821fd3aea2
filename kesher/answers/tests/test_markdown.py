"""Answers as files: whatever an editor writes comes back the same, and files of before are read as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.answers import markdown
from kesher.answers.language_fallback import FIELDS, LISTS, clean_texts
from kesher.answers.markdown import BRING, SECTIONS, STEPS, AnswerFile
from kesher.language import LANGUAGES

# What could be taken for something else, among lines as people write them.
AWKWARD = [*(f"## {name}" for name in (*STEPS.values(), *BRING.values())), *(f"# {name}" for name in SECTIONS.values()),
           "\\# English", "---", "lang: ru", "state: draft", "slug: other", "- one", "1. one", "a, b", "a | b", "  in", "#", "\\", "{{fact:x}}"]  # fmt: skip
LINE = st.sampled_from(AWKWARD) | st.text(st.characters(codec="utf-8"), max_size=12)
WORDS = st.lists(LINE, max_size=5).map("\n".join)
TEXT = st.fixed_dictionaries(
    {}, optional={name: st.lists(LINE, max_size=3) if name in LISTS else WORDS for name in FIELDS}
)
TEXTS = st.fixed_dictionaries({}, optional=dict.fromkeys(LANGUAGES, TEXT))
DAY = st.sampled_from(["", "2026-01-31"])


@given(
    texts=TEXTS,
    question=st.tuples(st.sampled_from(LANGUAGES), LINE.filter(str.strip)),
    plain=st.tuples(*[st.sampled_from(["", "pool", "tel:106"])] * 3, DAY, DAY, DAY, st.sampled_from(["draft", "retired"])),
)  # fmt: skip
def test_what_was_written_is_read_back_the_same(texts: Any, question: tuple[str, str], plain: Any) -> None:
    texts.setdefault(question[0], {})["question"] = question[1]
    item = AnswerFile("pool", clean_texts(texts), *plain)
    assert markdown.parse_file(markdown.render_file(item), "pool") == item


def test_each_language_has_a_section_that_a_person_can_read() -> None:
    words = {"question": "Q", "short": "S", "body": "One.\n\n- two", "steps": ["Go | stay"], "bring": ["ID"]}
    content = markdown.render_file(AnswerFile("pool", {"he": {"question": "שאלה", "body": "גוף"}, "ar": words}))
    below = content.partition("\n---\n")[2]
    assert below == "גוף\n\n# العربية\n\nOne.\n\n- two\n\n## الخطوات\n1. Go | stay\n\n## ماذا تحضرون\n- ID\n"
    assert "question.ar: Q\n" in content


def test_a_value_of_several_lines_stands_below_its_key() -> None:
    texts: dict[str, dict[str, Any]] = {
        "he": {"question": "ש", "cost": "10\n\n20"},
        "en": {"question": "Q", "hidden": ["a, b", "c"]},
    }
    content = markdown.render_file(AnswerFile("pool", texts))
    assert "cost.he:\n  10\n  \n  20\n" in content
    assert "hidden.en:\n  - a, b\n  - c\n" in content
    assert markdown.parse_file(content, "pool").texts == texts


def test_a_file_of_before_is_read_as_it_was() -> None:
    content = "---\nslug: a\nquestion: ש\nbody.en: One line.\nsteps.en: a | b\nhidden.ru: а, б\n---\nגוף\n\n## How to\n* x\nעוד\n"
    assert markdown.parse_file(content).texts == {
        "he": {"question": "ש", "body": "גוף\n\nעוד", "steps": ["x"]},
        "en": {"body": "One line.", "steps": ["a", "b"]},
        "ru": {"hidden": ["а", "б"]},
    }


@pytest.mark.parametrize(
    "content", ["---\r\nslug: a\r\nquestion: Q\r\n---\r\nOne.\r\nTwo.\r\n", "---\nquestion: Q\n---"]
)
def test_lines_may_end_as_on_any_machine(content: str) -> None:
    assert markdown.parse_file(content, "a").texts["he"].get("body", "One.\nTwo.") == "One.\nTwo."
