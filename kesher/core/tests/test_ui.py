"""The look, held by numbers: readable in both themes, the same from either side, nothing inline, nothing heavy."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django_htmx
import pytest
import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.safestring import mark_safe

import kesher
from kesher.core.i18n.nested_quotes import nest_quotes
from kesher.core.templatetags import ui
from kesher.core.templatetags.ui import TAGS
from kesher.core.tests.each import each
from kesher.core.ui import charts, colours, styleguide

ROOT = Path(kesher.__file__).parent
STATIC = ROOT / "core" / "static" / "core"
SHEETS = sorted(ROOT.rglob("static/**/*.css"))
TEMPLATES = sorted(ROOT.rglob("templates/**/*.html"))
COMPONENTS = sorted((ROOT / "core" / "templates" / "components").glob("*.html"))
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")
TOKENS = {name: pair for name, *pair in TOKEN.findall((STATIC / "kesher.css").read_text())}
STATES = ("good", "wait", "bad", "info")
# Words on their ground: 4.5 (WCAG 2.2, 1.4.3).
WORDS = {
    "ink": "paper card sand accent-soft good-soft wait-soft bad-soft info-soft",
    "ink-2": "paper card sand accent-soft wait-soft line",
    "accent": "paper card accent-soft",
    "accent-strong": "paper card",
    "accent-ink": "accent accent-strong",
    "deep-ink": "deep",
    "card": "bad wait",
    **{state: f"paper card {state}-soft" for state in STATES},
    **{f"tone-{tone}-ink": f"tone-{tone}" for tone in range(1, 7)},
}
# Edges of controls, rings, lines that carry meaning: 3 (WCAG 2.2, 1.4.11).
EDGES = {"edge": "paper card", "accent": "paper card", "bad": "card bad-soft", "wait": "wait-soft", "warm": "deep"}
PAIRS = [(front, back, 4.5) for front, backs in WORDS.items() for back in backs.split()]
PAIRS += [(front, back, 3.0) for front, backs in EDGES.items() for back in backs.split()]
THEMES = ("light", "dark")
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def without_comments(sheet: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)


@each("front,back,least,theme", [(*pair, theme) for pair in PAIRS for theme in THEMES])
def test_tokens_can_be_read_in_both_themes(front: str, back: str, least: float, theme: str) -> None:
    side = THEMES.index(theme)
    one, other = (colours.parse(TOKENS[name][side]) for name in (front, back))
    assert colours.contrast(one, other) >= least


@pytest.mark.parametrize("accent", ["#0b6b6b", "#ffe600", "#000", "#fff", "#e4002b", "#7fff00", "#1e2460", "#9a9a9a"])
def test_any_accent_gives_a_theme_that_can_be_read(accent: str) -> None:
    tokens = {**TOKENS, **{name: pair for name, *pair in TOKEN.findall(colours.theme_css(accent))}}
    theme_pairs = [pair for pair in PAIRS if {"accent", "accent-soft", "accent-ink", "deep"} & set(pair)]
    for front, back, least in theme_pairs:
        for side in (0, 1):
            one, other = (colours.parse(tokens[name][side]) for name in (front, back))
            assert colours.contrast(one, other) >= least, (front, back, side)


@pytest.mark.parametrize("value", ["red", "#12", "#12345g", "#fff;} body{display:none", ""])
def test_an_accent_may_not_be_anything_but_a_colour(value: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colours.theme_css(value)


@each("sheet", SHEETS)
def test_a_style_sheet_may_not_name_a_physical_side(sheet: Path) -> None:
    css = without_comments(sheet)
    assert not re.findall(r"\b(?:left|right)\b", css)
    assert not re.findall(r"[;{\s](?:margin-|padding-|border-)?(?:top|bottom)\s*:", css)
    assert not re.findall(r"[;{\s](?:max-|min-)?(?:width|height)\s*:", re.sub(r"@(?:media|container)[^{]*", "", css))


@each("page", TEMPLATES)
def test_a_template_may_not_carry_style_or_script(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", page.read_text())
    assert not re.search(r"\sstyle\s*=|<style\b|\son\w+\s*=|\shx-on|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script\b[^>]*>", text))


@each("component", COMPONENTS)
def test_a_component_begins_with_the_names_of_its_inputs(component: Path) -> None:
    first = component.read_text().splitlines()[0]
    assert re.fullmatch(rf"\{{# {component.name}: .+ #\}}", first)


@each("component", COMPONENTS)
def test_a_component_has_a_tag_that_stands_in_the_style_guide(component: Path) -> None:
    guide = (ROOT / "core" / "templates" / "core" / "styleguide.html").read_text()
    inside = "".join(path.read_text() for path in COMPONENTS)
    tags = {name: tag for tag, name in TAGS.items()} | {"icon": "icon"}
    assert f"{{% {tags[component.stem]} " in guide + inside


@each("page", TEMPLATES)
def test_every_icon_that_a_template_names_is_in_the_sprite(page: Path) -> None:
    named = re.findall(r"\{% icon \"([\w-]+)\"|\bicon(?:_end)?=\"([\w-]+)\"", page.read_text())
    assert {one or other for one, other in named} <= set(styleguide.icon_names())


@pytest.mark.parametrize("language", ["he", "ar", "ru", "en"])
def test_the_style_guide_renders_in_every_language(language: str) -> None:
    with translation.override(language):
        html = render_to_string("core/styleguide.html", styleguide.context())
    assert f'dir="{"rtl" if language in ("he", "ar") else "ltr"}"' in html
    assert 'aria-describedby="bad_name_helptext bad_name_error"' in html


@pytest.mark.parametrize("page", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_nothing_and_says_what_to_do(page: str) -> None:
    html = render_to_string(page)
    assert "<h1" in html
    assert 'href="/"' in html


def test_a_first_visit_weighs_less_than_a_hundred_kilobytes() -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    files = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), STATIC / "icons.svg", STATIC / "favicon.svg", htmx]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 60_000


def test_no_file_of_the_look_is_too_long_to_read() -> None:
    files = [*STATIC.glob("*.css"), *STATIC.glob("*.js"), *COMPONENTS]
    assert not [path.name for path in files if len(path.read_text().splitlines()) > 400]


@pytest.mark.parametrize(
    ("name", "letters"),
    [("דנה לוי", "דל"), ("Света К.", "СК"), ("Ruth", "R"), ("בן־דוד שרה", "בש"), ("+972505550142", ""), ("", "")],
)
def test_initials_are_letters_of_a_name(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


def test_a_face_keeps_its_colour() -> None:
    assert ui.tone("דנה לוי") == ui.tone("דנה לוי")
    assert {ui.tone(str(number)) for number in range(60)} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("gone", "words"),
    [(20, "now"), (12 * 60, "12 min"), (3 * 3600, "3 h"), (86400, "1 day"), (3 * 86400, "3 days"), (-50, "now")],
)
def test_time_gone_by_is_short(gone: int, words: str) -> None:
    with translation.override("en"):
        assert ui.since(NOW - timedelta(seconds=gone), NOW) == words
        assert ui.since("yesterday") == ""


@pytest.mark.parametrize(("language", "text"), [("he", "1,482,300"), ("ar", "1,482,300"), ("ru", "1\xa0482\xa0300")])
def test_thousands_stand_apart_as_each_language_writes_them(language: str, text: str) -> None:
    with translation.override(language):
        assert ui.number(1_482_300) == text
        assert ui.number(None) == ""


@pytest.mark.parametrize("language", ["he", "ar", "ru", "en"])
def test_the_day_comes_before_the_month_and_there_are_24_hours(language: str) -> None:
    with translation.override(language):
        digits = re.findall(r"\d+", date_format(datetime(2026, 3, 12, 16, 5), "SHORT_DATETIME_FORMAT"))
    assert digits[:3] == ["12", "3", "2026"]
    assert "05" in digits
    assert "4" not in digits


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("בית הבד שייך לדודי", "he"),
        ("زيت زيتون", "ar"),
        ("Иванов", "ru"),
        ("Yossi", "en"),
        ("050-555", "ar"),
        ("", "ar"),
        (mark_safe('<bdi dir="ltr">12</bdi>'), "ar"),
    ],
)
def test_a_text_is_read_aloud_in_the_language_of_its_letters_else_the_page_s(text: str, language: str) -> None:
    with translation.override("ar"):
        assert ui.language_of(text) == language


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("הצללה בגני השעשועים", 19, "הצללה בגני השעשועים"),
        ("הצללה בגני השעשועים", 18, "הצללה בגני…"),
        ("הצללה בגני השעשועים", 11, "הצללה בגני…"),
        ("הצללה, בגני", 8, "הצללה…"),
        ("הצללה", 4, "הצל…"),
        ("как можно больше (если", 20, "как можно больше…"),
        (None, 5, ""),
    ],
)
def test_a_text_is_shortened_at_the_end_of_a_word(text: str | None, most: int, short: str) -> None:
    assert ui.shorten(text, most) == short
    assert len(short) <= most


@pytest.mark.parametrize(
    ("text", "nested"),
    [
        ("הצבעתם ב״מילה ל״דדליין״״.", "הצבעתם ב״מילה ל׳דדליין׳״."),
        ("״״דדליין״ בעברית״ נסגרה", "״׳דדליין׳ בעברית״ נסגרה"),
        ("״דו״ח של צה״ל״ ו״צל״", "״דו״ח של צה״ל״ ו״צל״"),
    ],
)
def test_quotation_marks_within_others_are_single(text: str, nested: str) -> None:
    assert nest_quotes(text) == nested


def test_a_full_address_becomes_a_link_and_markup_may_not() -> None:
    html = ui.linked('<b onclick="x">ראו https://example.org/a?b=1&c=2. או example.org</b>')
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow ugc"' in html
    assert html.count("<a ") == 1
    assert "&lt;b onclick" in html


@pytest.mark.parametrize("number", ["03-555-0120", "050-5550142", "+972-50-555-0142", "1-800-555-010", "*6050"])
def test_a_telephone_number_stays_whole_in_any_direction(number: str) -> None:
    whole = f'<bdi class="whole" dir="ltr">{number}</bdi>'
    assert ui.phones(f"اتصلوا {number}.") == f"اتصلوا {whole}."
    assert whole in ui.linked(f"{number} https://example.org/{number}")


@pytest.mark.parametrize("words", ["12-14", "9:00-16:30", "https://example.org/03-555-0120", "ש״ח 5*300"])
def test_what_is_no_telephone_number_is_left_alone(words: str) -> None:
    assert "<bdi" not in ui.linked(words)
    assert ui.phones(f"<i>{words}</i>").startswith("&lt;i&gt;")


@pytest.mark.parametrize("tags", ["undo:https://evil.example/", "undo:", "", None])
def test_an_undo_may_not_leave_the_site(tags: str | None) -> None:
    assert ui.undo_url(tags) == ""
    assert ui.undo_url("undo://evil.example/") == ""
    assert ui.undo_url("x undo:/desk/1/undo/") == "/desk/1/undo/"


def test_a_chart_says_its_numbers_and_carries_no_style() -> None:
    html = charts.columns([("<Sun>", 41), ("Mon", 1200)], "A & B", unit=" h")
    assert "&lt;Sun&gt;" in html
    assert '<td class="number">1,200 h</td>' in html
    assert "style=" not in html + charts.bars([("a", 3)], "t") + charts.sparkline([1, 2], "t")


def test_a_chart_of_nothing_is_drawn_without_an_error() -> None:
    assert charts.sparkline([], "t") == ""
    assert "<svg" in charts.columns([], "t")
    assert "<table" in charts.bars([("a", 0)], "t")
    assert "NaN" not in charts.sparkline([5], "t")


def test_a_qr_code_draws_every_dark_module_of_the_code() -> None:
    text = "https://example.org/s/48213"
    html = charts.qr_svg(text, "Sign")
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1", html)
    drawn = {(int(x) + step, int(y)) for x, y, length in runs for step in range(int(length))}
    matrix = segno.make(text, error="m", micro=False).matrix
    assert drawn == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def test_a_deadline_says_its_hour_unless_it_is_the_end_of_that_day() -> None:
    """1 December, 23:57 in Greenwich is already the second here, three minutes before two."""
    inside = datetime(2026, 12, 1, 23, 57, tzinfo=UTC)
    last, midnight = datetime(2026, 12, 1, 21, 59, 59, tzinfo=UTC), datetime(2026, 12, 1, 22, tzinfo=UTC)
    with translation.override("en"):
        assert ui.deadline(inside, "short") == "2.12.2026, 01:57"
        assert ui.deadline(inside, "brief") == "2.12 01:57"
        assert ui.deadline(last, "short") == ui.deadline(midnight, "short") == "1.12.2026"
        assert ui.deadline(inside.date(), "brief") == "1.12"
        assert ui.deadline(None) == ""
    for lang in ("he", "ar", "ru"):
        with translation.override(lang):
            assert "01:57" in ui.deadline(inside)


def test_no_template_prints_a_deadline_as_a_day_alone() -> None:
    named = re.compile(
        r"\b(?:\w+\.)*(?:\w*until|due|due_at|closes_at|closes|review_due|ends_at)\|date:\"(?:SHORT_)?DATE_FORMAT\""
    )
    assert not [(path.name, found) for path in TEMPLATES for found in named.findall(path.read_text())]
