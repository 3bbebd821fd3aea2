"""Rules of templates and styles: templates compile and include lower layers only, nothing inline, logical properties."""

from __future__ import annotations

import re
from pathlib import Path

from django.template import engines
from django.template.loader import get_template

from kesher.core.tests.each import each
from tests.structure import LAYERS, PACKAGE, files, python_files, relative
from tools.templates import long_lines, template_files

REFERENCE = re.compile(r"{%\s*(?:extends|include)\s+[\"']([^\"'#]*)(?:#[^\"']*)?[\"'][^%]*%}")
INLINE = re.compile(
    r"\sstyle\s*=|<style\b|<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]{3,}\s*=|javascript:|\{%\s*csp_nonce", re.I
)
COMMENT = re.compile(r"/\*.*?\*/|{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.S)
SIDES = re.compile(r"(?<![\w-])(?:[a-z-]*-)?(?:left|right)(?![\w-])")
TEMPLATES = each("path", files("*.html"))
STYLES = each("path", files("*.css"))


def app_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def template_name(path: Path) -> str:
    return path.as_posix().rpartition("/templates/")[2]


OWNERS = {template_name(path): app_of(path) for path in files("*.html")}


@TEMPLATES
def test_a_template_compiles(path: Path) -> None:
    get_template(template_name(path))


@TEMPLATES
def test_a_template_looks_down(path: Path) -> None:
    """It extends and includes templates of its own app or of lower layers, never a sibling's."""
    here = app_of(path)
    for name in REFERENCE.findall(path.read_text(encoding="utf-8")):
        if not name or name.startswith("django/"):
            continue  # a partial of this file, or a widget of Django
        assert name in OWNERS, f"there is no template {name}"
        there = OWNERS[name]
        assert there == here or LAYERS[there] < LAYERS[here], f"{here} looks at {there}: {name}"


def test_a_line_of_a_template_has_at_most_140_characters() -> None:
    """Run script/templates; what it cannot break is shortened by hand."""
    assert not [line for path in template_files() for line in long_lines(path)]


def test_what_an_included_template_writes_begins_and_ends_with_a_new_line() -> None:
    """script/templates relies on it."""
    texts = {template_name(path): path.read_text(encoding="utf-8") for path in template_files()}
    included = {name for text in texts.values() for name in re.findall(r'{% include "([^"#]+)"', text)} & set(texts)
    included |= {name for name in texts if name.startswith("components/")}
    assert not [name for name in included if not re.match(r"(?:{[#%].*[#%]})*\n.*\n$", texts[name], re.S)]


@TEMPLATES
def test_a_component_is_used_by_its_tag(path: Path) -> None:
    """So it is given its inputs and nothing else."""
    assert '"components/' not in path.read_text(encoding="utf-8")


@TEMPLATES
def test_a_page_has_nothing_inline(path: Path) -> None:
    """The content security policy refuses it."""
    assert not INLINE.findall(COMMENT.sub("", path.read_text(encoding="utf-8")))


def test_code_writes_nothing_inline_either() -> None:
    """E-mails are exempt: mail programs know no style sheets."""
    paths = [path for path in python_files() if path.parts[-2] != "email"]
    assert not [
        relative(path) for path in paths if re.search(r"[\"' ]style=\\?[\"']|<script", path.read_text(encoding="utf-8"))
    ]


@each("path", sorted((PACKAGE / "core/templates/components").glob("*.html")))
def test_a_component_names_its_inputs_first(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("{# ")


@STYLES
def test_a_style_knows_no_left_and_right(path: Path) -> None:
    """Only logical properties, so that one style sheet serves both directions."""
    sheet = COMMENT.sub("", path.read_text(encoding="utf-8"))
    breaches = [line.strip() for line in sheet.splitlines() if SIDES.search(line)]
    assert not breaches


@STYLES
def test_a_style_fetches_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", path.read_text(encoding="utf-8"))


def test_the_tests_read_the_engine_that_pages_use() -> None:
    assert [engine.name for engine in engines.all()] == ["django"]
