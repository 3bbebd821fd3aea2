"""What the public reads, in four languages: one crawl of the demo's public pages, many rules for each page.

No text is in a language that its element does not name, no interface text is untranslated, no character turns the
direction, and every picture is described in the language of its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.core.management import call_command
from django.test import Client

from kesher.agencies.models import Agency
from kesher.answers.models import Answer
from kesher.core.db.agency_scope import scope
from kesher.language import LANGUAGES
from tests.pages import addresses
from tests.structure import PACKAGE

# Pages for developers show every component, and texts of every provider.
NOT_FOR_THE_PUBLIC = re.compile(r"^/(?:simulator|styleguide|desk|api|suggestions)\b")
OWN_LANGUAGE = re.compile(r"^/go/")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "use", "wbr"])
# Not read aloud; or one language for the whole page, a name (WCAG 3.1.2 excepts them), or what the person typed.
UNREAD = frozenset(
    ["unread", "title", "bdi", "option", "textarea", "script", "style", "svg", "template", "code", "kbd", "pre"]
)
LETTERS = {"he": "א-ת", "ar": "ء-ي", "ru": "А-Яа-яЁё"}
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
TWO_SPACES = re.compile(r"\S {2,}\S")
# Logos and avatars stand beside the name that they show.
DECORATION = frozenset(["mark", "avatar"])


@dataclass
class Reader(HTMLParser):
    """The texts and pictures of a page, each with the language that its element or one around it names."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # (language, text)
    pictures: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # (language, attributes)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str, frozenset[str]]] = []  # (element, language, classes around)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        _name, around, classes = self.open[-1] if self.open else ("", "", frozenset())
        lang, classes = given.get("lang", around), classes | set(given.get("class", "").split())
        if tag == "img" and not classes & DECORATION:
            self.pictures.append((lang, given))
        for name in ("alt", "title", "aria-label", "placeholder"):
            if given.get(name, "").strip():
                self.texts.append((lang, given[name]))
        if tag not in VOID:
            hidden = "unread" if given.get("aria-hidden") == "true" else tag
            self.open.append((tag, lang, frozenset([*classes, hidden])))

    def handle_endtag(self, tag: str) -> None:
        if tag in [name for name, _lang, _classes in self.open]:
            while self.open.pop()[0] != tag:
                pass  # an element whose end tag may be left out

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and not self.open[-1][2] & UNREAD:
            self.texts.append((self.open[-1][1], data))


@cache
def untranslated(language: str) -> frozenset[str]:
    """Return the English interface texts that this language says otherwise."""
    found = set()
    for path in PACKAGE.glob(f"*/locale/{language}/LC_MESSAGES/django.po"):
        found |= {entry.msgid for entry in polib.pofile(str(path)) if entry.msgstr and entry.msgstr != entry.msgid}
    return frozenset(text for text in found if "%(" not in text and re.search("[a-z]{3}", text))


def faults_of(page: str, language: str) -> Iterator[str]:
    """Yield what is wrong with the words of a page."""
    reader = Reader()
    reader.feed(page)
    for lang, raw in reader.texts:
        text = " ".join(raw.split())
        foreign = "".join(letters for other, letters in LETTERS.items() if other != lang)
        if re.search(f"[{foreign}]", text):
            yield f"in {lang or 'no language'}: {text[:80]}"
        if lang == language != "en" and text in untranslated(language):
            yield f"not translated: {text}"
        if TURNING.search(raw):
            yield f"turns the direction: {text[:80]}"
        if any(TWO_SPACES.search(line) for line in raw.splitlines()):
            yield f"two spaces: {text[:80]}"
    yield from (
        f"no description: {given.get('src')}" for _lang, given in reader.pictures if not given.get("alt", "").strip()
    )


@pytest.fixture
def demo(transactional_db: None, settings: object, tmp_path: Path) -> Agency:
    """The demo municipality."""
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]
    call_command("demo", verbosity=0)
    return Agency.objects.get()


@pytest.mark.slow
def test_the_public_pages_say_everything_in_the_reader_s_language(demo: Agency) -> None:
    with scope(demo):
        paths = [path for path in addresses("citizen") if not NOT_FOR_THE_PUBLIC.match(path)]
        paths += [answer.get_absolute_url() for answer in Answer.objects.published().order_by("pk")[::10]]
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for path in paths:
            page = Client(headers={"accept-language": language}).get(path, follow=True).content.decode()
            where = f"{language} {path}"
            # A private link opens a page in the language of its owner.
            shown = "".join(re.findall(r'<html lang="(\w\w)"', page))
            assert shown == language or OWN_LANGUAGE.match(path), where
            for fault in faults_of(page, shown):
                found.setdefault(fault, []).append(where)
    assert len(paths) >= 105
    assert not found, "\n".join(f"{fault} ({len(where)}: {where[0]})" for fault, where in sorted(found.items()))
