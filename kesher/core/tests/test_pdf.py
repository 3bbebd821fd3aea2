"""Paper: in the reader's language and direction, tagged, and words stay words."""

from __future__ import annotations

import re
import zlib

from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from kesher.core.output.pdf import Cell, Note, Paper, Section, isolate, render_pdf


def paper(words: str = "ארנונה") -> Paper:
    section = Section(
        "שירותים", "26.11.2026", ["מה", "מתי"], [3, 1], [[Cell(isolate(words), more=[words]), words]], [words]
    )
    return Paper("כל מה שעל שמי", "עיריית שקד", [words], [Note("bad", words, [words])], [section])


def inside(made: bytes) -> bytes:
    """What stands in a PDF, its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    return made + b"".join(unpacked(one) for one in streams)


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_paper_is_tagged_and_says_its_language() -> None:
    with translation.override("he"):
        found = inside(render_pdf(paper()))
    assert found.startswith(b"%PDF-")
    assert b"/Lang(he)" in found
    assert b"/StructTreeRoot" in found
    assert b"pdfuaid" in found
    assert b"/TH/" in found, "the heads of a table are heads to a screen reader"


def test_a_letter_without_a_font_costs_the_claim_and_not_the_paper() -> None:
    with translation.override("he"):
        found = inside(render_pdf(paper("דירה 🏠")))
    assert b"/StructTreeRoot" in found
    assert b"pdfuaid" not in found


def test_each_of_the_four_languages_has_its_letters() -> None:
    """PDF/UA is refused where a letter is missing, so the claim says that none is."""
    for words in ("שָׁלוֹם ₪", "ضريبة الأملاك ٣", "Арнона № 4", "Property tax – €5"):
        assert b"pdfuaid" in inside(render_pdf(paper(words))), words


@settings(max_examples=25, deadline=None)
@given(
    st.text(max_size=60) | st.sampled_from(['#read("/etc/passwd")', "$x$ *b* _i_ `c`", "#panic()", "\\", '"', "]#["])
)
def test_whatever_words_there_are_the_paper_comes(words: str) -> None:
    assert render_pdf(paper(words)).startswith(b"%PDF-")


def test_words_are_never_markup() -> None:
    assert len(render_pdf(paper("#lorem(4000)"))) < 2 * len(render_pdf(paper("lorem(4000)")))
