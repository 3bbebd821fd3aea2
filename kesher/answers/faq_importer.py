"""Read the FAQ pages of another website by its sitemap and their JSON-LD, to import them as answers.

It reads schema.org's FAQPage and QAPage. All requests go through the SSRF guard of `kesher.channels.http_client`, and
only to the site's own host.
"""

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
from kesher.answers.markdown import AnswerFile
from kesher.channels.base import ChannelError
from kesher.channels.http_client import GuardedClient
from kesher.core.i18n.text_truncation import truncate_text
from kesher.language import LANGUAGES

PAGES_MAX: Final = 500
SITEMAPS_MAX: Final = 20
BODY_BYTES_MAX: Final = 4_000_000
_SCRIPT: Final = re.compile(r"<(?:script)[^>]*application/ld\+json[^>]*>(.*?)</(?:script)>", re.S | re.I)
_TAG: Final = re.compile(r"<[^>]+>")
_BREAK: Final = re.compile(r"<\s*(?:br|/p|/li|/div|/h\d)\s*/?>", re.I)
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+")
_ENTITY: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.I)


def fetch_faq(address: str, lang: str, *, most: int = PAGES_MAX) -> list[AnswerFile]:
    """Fetch a site's page, or the pages of its sitemap, and return their questions and answers as files.

    Raise ChannelError if the URL itself cannot be read. Other pages that cannot be read are skipped.
    """
    pages = asyncio.run(fetch_pages(address, most))
    return make_slugs_unique(file for url, content in pages for file in parse_page(content, url, lang))


def make_slugs_unique(files: Iterable[AnswerFile]) -> list[AnswerFile]:
    """Return the files without repeated questions; of two with one slug, the later slug gets a hash."""
    found: dict[str, AnswerFile] = {}
    for file in files:
        if file.slug in found and question_texts(found[file.slug]) != question_texts(file):
            file.slug = f"{file.slug}-{fnv1a_hash(' '.join(question_texts(file))):x}"
        found.setdefault(file.slug, file)
    return list(found.values())


def question_texts(file: AnswerFile) -> list[str]:
    """Return the question of an `AnswerFile` in each of its languages."""
    return [words["question"] for words in file.texts.values()]


async def fetch_pages(address: str, most: int) -> list[tuple[str, str]]:
    """Fetch the page at this address, or each page of its sitemap, and return (URL, HTML) of each.

    A page in a sitemap is a sitemap itself if its text is: its URL does not show it ("sitemap.xml?page=2").
    """
    async with GuardedClient(allow=settings.KESHER_SSRF_ALLOW) as client:
        first = await fetch_page(client, address)
        if not is_sitemap(first):
            return [(address, first)]
        read: list[tuple[str, str]] = []
        maps, tried, waiting = 1, {address}, list_sitemap_urls(first, address)
        while waiting and len(read) < most and len(tried) < most + SITEMAPS_MAX:
            url = waiting.pop(0)
            if url in tried:
                continue
            tried.add(url)
            try:
                text = await fetch_page(client, url)
            except ChannelError:
                continue
            if not is_sitemap(text):
                read.append((url, text))
            elif maps < SITEMAPS_MAX:
                maps, waiting = maps + 1, [*list_sitemap_urls(text, address), *waiting]
        return read


async def fetch_page(client: GuardedClient, url: str) -> str:
    """Fetch a page by GET, and return its text. Raise ChannelError."""
    status, _headers, body = await client.request("GET", url, cap=BODY_BYTES_MAX)
    if status != 200:
        raise ChannelError(f"{urlsplit(url).hostname}: {status}", permanent=True)
    return body.decode("utf-8", errors="replace")


def is_sitemap(text: str) -> bool:
    """Return whether the fetched text is a sitemap's XML rather than a page."""
    return "<urlset" in text[:2000] or "<sitemapindex" in text[:2000]


def list_sitemap_urls(text: str, address: str) -> list[str]:
    """Return the URLs in a sitemap's XML that are on the same host as ``address``."""
    return [url for place in parse_sitemap(text) if (url := resolve_same_host(address, place))]


def resolve_same_host(address: str, place: str) -> str:
    """Return the absolute URL of a location on the same host, "" for any other or an invalid one."""
    try:
        url = urljoin(address, place)
        return url if urlsplit(url).netloc == urlsplit(address).netloc else ""
    except ValueError:
        return ""


def parse_sitemap(text: str) -> list[str]:
    """Return the locations (texts of ``<loc>``) in a sitemap's XML; [] if it is invalid.

    One that defines entities is not read: they can expand to gigabytes.
    """
    if _ENTITY.search(text):
        return []
    try:
        root = ET.fromstring(text)  # noqa: S314 (no entities: see above)
    except ET.ParseError:
        return []
    return [node.text.strip() for node in root.iter() if node.tag.rpartition("}")[2] == "loc" and node.text]


def parse_page(content: str, url: str, lang: str) -> Iterator[AnswerFile]:
    """Yield the questions and answers in the JSON-LD of a page's HTML as files."""
    for block in _SCRIPT.findall(content) or ([content] if content.lstrip().startswith(("{", "[")) else []):
        try:
            data = json.loads(unescape(block) if "&quot;" in block else block)
        except ValueError:
            continue
        for item in find_questions(data):
            file = question_to_file(item, url, lang)
            if file:
                yield file


def find_questions(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema.org Question at any depth of parsed JSON-LD."""
    if isinstance(data, list):
        for item in data:
            yield from find_questions(item)
    elif isinstance(data, dict):
        kinds = data.get("@type", "")
        if "Question" in (kinds if isinstance(kinds, list) else [kinds]):
            yield data
        else:
            for value in data.values():
                if isinstance(value, dict | list):
                    yield from find_questions(value)


def question_to_file(item: dict[str, Any], url: str, lang: str) -> AnswerFile | None:
    """Return a schema.org Question as an `AnswerFile`, or None if it has no answer.

    The short answer is made of the first sentences.
    """
    question = strip_html(item.get("name") or item.get("text"))
    accepted = item.get("acceptedAnswer") or item.get("suggestedAnswer") or {}
    first = accepted[0] if isinstance(accepted, list) and accepted else accepted
    whole = strip_html(first.get("text")) if isinstance(first, dict) else ""
    if not question or not whole:
        return None
    own = str(item.get("inLanguage") or lang)[:2]
    words: dict[str, Any] = {"question": question[:200], "short": shorten_to_sentences(whole)}
    if words["short"] != whole:
        words["body"] = whole
    start = url if url.startswith("http") else ""
    return AnswerFile(make_slug(question, url), {own if own in LANGUAGES else lang: words}, start=start)


def make_slug(question: str, url: str) -> str:
    """Return a slug made from the question, readable if most of its letters fit in one, else a hash.

    Of a Hebrew question only "2024" would be left, and the same of the next one about that year.
    """
    readable = slugify(question, allow_unicode=False)[:60]
    whole, kept = (sum(map(str.isalpha, text)) for text in (question[:60], readable))
    return readable if kept * 2 > whole else f"q-{fnv1a_hash(url + question):x}"


def fnv1a_hash(text: str) -> int:
    """Return a 32-bit hash that is the same in every process (Fowler, Noll, Vo: FNV-1a)."""
    found = 2166136261
    for byte in text.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


def strip_html(text: object) -> str:
    """Return the plain text of an HTML fragment, one line for each paragraph."""
    raw = _TAG.sub("", _BREAK.sub("\n", str(text or "")))
    lines = [" ".join(unescape(line).split()) for line in raw.splitlines()]
    return "\n".join(line for line in lines if line)


def shorten_to_sentences(text: str) -> str:
    """Return the text's first sentences that fit in a short answer, or the start of the first one."""
    kept = ""
    for sentence in _SENTENCE.split(text.replace("\n", " ")):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > SHORT:
            break
        kept = longer
    return kept or truncate_text(text, SHORT)
