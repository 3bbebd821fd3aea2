"""Reading another public site's answers: its sitemap leads to pages, a page's JSON-LD (schema.org FAQPage, QAPage)
holds the questions. Everything goes out through the guard of `kesher.channels.http_client`, to the site's own host
only."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils.text import slugify

from kesher.answers.language_fallback import SHORT
from kesher.answers.markdown import File
from kesher.channels.base import ChannelError
from kesher.channels.http_client import GuardedClient
from kesher.language import LANGUAGES

PAGES_MOST: Final = 500
MAPS_MOST: Final = 20
CAP: Final = 4_000_000
_SCRIPT: Final = re.compile(r"<(?:script)[^>]*application/ld\+json[^>]*>(.*?)</(?:script)>", re.S | re.I)
_TAG: Final = re.compile(r"<[^>]+>")
_BREAK: Final = re.compile(r"<\s*(?:br|/p|/li|/div|/h\d)\s*/?>", re.I)
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")
_ENTITY: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.I)


def answers_of(address: str, lang: str, *, most: int = PAGES_MOST) -> list[File]:
    """The questions and answers of a site. In: a page, or a sitemap. Raises ChannelError where the address itself
    cannot be read; a page among many that cannot be is left out."""
    pages = asyncio.run(collect(address, most))
    return told_apart(file for url, content in pages for file in in_page(content, url, lang))


def told_apart(files: Iterable[File]) -> list[File]:
    """Each question once; where two would have the same address, the later one's gets a number."""
    found: dict[str, File] = {}
    for file in files:
        if file.slug in found and questions_of(found[file.slug]) != questions_of(file):
            file.slug = f"{file.slug}-{hash_of(' '.join(questions_of(file))):x}"
        found.setdefault(file.slug, file)
    return list(found.values())


def questions_of(file: File) -> list[str]:
    return [words["question"] for words in file.texts.values()]


async def collect(address: str, most: int) -> list[tuple[str, str]]:
    """(address, text) of each page that the sitemap names, or of the one page. What a sitemap names is one, too, where
    its text is: its address says nothing ("sitemap.xml?page=2")."""
    async with GuardedClient(allow=settings.KESHER_SSRF_ALLOW) as client:
        first = await page(client, address)
        if not is_sitemap(first):
            return [(address, first)]
        read: list[tuple[str, str]] = []
        maps, tried, waiting = 1, {address}, named(first, address)
        while waiting and len(read) < most and len(tried) < most + MAPS_MOST:
            url = waiting.pop(0)
            if url in tried:
                continue
            tried.add(url)
            try:
                text = await page(client, url)
            except ChannelError:
                continue
            if not is_sitemap(text):
                read.append((url, text))
            elif maps < MAPS_MOST:
                maps, waiting = maps + 1, [*named(text, address), *waiting]
        return read


async def page(client: GuardedClient, url: str) -> str:
    status, _headers, body = await client.request("GET", url, cap=CAP)
    if status != 200:
        raise ChannelError(f"{urlsplit(url).hostname}: {status}", permanent=True)
    return body.decode("utf-8", errors="replace")


def is_sitemap(text: str) -> bool:
    return "<urlset" in text[:2000] or "<sitemapindex" in text[:2000]


def named(text: str, address: str) -> list[str]:
    """What a sitemap names on the site's own host."""
    return [url for place in places(text) if (url := beside(address, place))]


def beside(address: str, place: str) -> str:
    """The whole address of a place on the same host; "" for one elsewhere, or what is none."""
    try:
        url = urljoin(address, place)
        return url if urlsplit(url).netloc == urlsplit(address).netloc else ""
    except ValueError:
        return ""


def places(text: str) -> list[str]:
    """The addresses of a sitemap. One with entities of its own is not read: they can unfold to gigabytes."""
    if _ENTITY.search(text):
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314 (no entities: see above)
    except ET.ParseError:
        return []
    return [node.text.strip() for node in root.iter() if node.tag.rpartition("}")[2] == "loc" and node.text]


def in_page(content: str, url: str, lang: str) -> Iterator[File]:
    """The questions in a page's JSON-LD."""
    for block in _SCRIPT.findall(content) or ([content] if content.lstrip().startswith(("{", "[")) else []):
        try:
            data = json.loads(unescape(block) if "&quot;" in block else block)
        except ValueError:
            continue
        for item in questions(data):
            file = answer_of(item, url, lang)
            if file:
                yield file


def questions(data: Any) -> Iterator[dict[str, Any]]:
    """Every schema.org Question anywhere in the data."""
    if isinstance(data, list):
        for item in data:
            yield from questions(item)
    elif isinstance(data, dict):
        kinds = data.get("@type", "")
        if "Question" in (kinds if isinstance(kinds, list) else [kinds]):
            yield data
        else:
            for value in data.values():
                if isinstance(value, dict | list):
                    yield from questions(value)


def answer_of(item: dict[str, Any], url: str, lang: str) -> File | None:
    """One question; None where it has no answer. The short answer is made of its first sentences."""
    question = plain(item.get("name") or item.get("text"))
    accepted = item.get("acceptedAnswer") or item.get("suggestedAnswer") or {}
    first = accepted[0] if isinstance(accepted, list) and accepted else accepted
    whole = plain(first.get("text")) if isinstance(first, dict) else ""
    if not question or not whole:
        return None
    own = str(item.get("inLanguage") or lang)[:2]
    words: dict[str, Any] = {"question": question[:200], "short": shortened(whole)}
    if words["short"] != whole:
        words["body"] = whole
    start = url if url.startswith("http") else ""
    return File(slug_of(question, url), {own if own in LANGUAGES else lang: words}, start=start)


def slug_of(question: str, url: str) -> str:
    """An address by which one knows the question, where most of its letters can stand in one; else a number. Of a
    question in Hebrew only a "2024" would be left, and of the next one about that year as well."""
    readable = slugify(question, allow_unicode=False)[:60]
    whole, kept = (sum(map(str.isalpha, text)) for text in (question[:60], readable))
    return readable if kept * 2 > whole else f"q-{hash_of(url + question):x}"


def hash_of(text: str) -> int:
    """A small number that is the same in every process (Fowler, Noll, Vo: FNV-1a)."""
    found = 2166136261
    for byte in text.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


def plain(text: object) -> str:
    """HTML as words, a line for each paragraph."""
    raw = _TAG.sub("", _BREAK.sub("\n", str(text or "")))
    lines = [" ".join(unescape(line).split()) for line in raw.splitlines()]
    return "\n".join(line for line in lines if line)


def shortened(text: str) -> str:
    """As many whole sentences as fit into a short answer; the beginning of the first where none does."""
    kept = ""
    for sentence in _SENTENCE.split(text.replace("\n", " ")):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > SHORT:
            break
        kept = longer
    return kept or text[: SHORT - 1].rsplit(" ", 1)[0] + "…"
