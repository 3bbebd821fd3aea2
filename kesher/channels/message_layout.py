"""Lay out a message's options for one channel: as buttons, a list, numbered text or spoken keys.

It tries **buttons → list → numbered text → paged numbered text → spoken keys** and never truncates an option: if a
title does not fit, the whole prompt takes the next form. It is pure. The dialogue engine calls it to learn which keys a
person saw, the adapter calls it to build the request, and both get the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kesher.channels.base import Capabilities, Choices, Limit, Option, Say
from kesher.language import length, parts

MORE = "__more__"
# The reserved key of a numbered page; it means the same on every page and in every language.
MORE_KEY = "9"

MORE_WORDS = {"he": "עוד", "ar": "المزيد", "ru": "ещё", "en": "more"}
SPOKEN = {
    "he": "{title} – הקישו {key}.",
    "ar": "{title} – اضغطوا {key}.",
    "ru": "{title} – нажмите {key}.",
    "en": "{title} – press {key}.",
}
# Who hears a list keeps about five things in mind: so many options are read at once, or one more if that is all.
SPOKEN_PAGE = 5
RTL = frozenset({"he", "ar"})
RLM = "\u200f"


@dataclass(frozen=True, slots=True)
class ShownOption:
    """An option as a person saw it: the key to type, the option's own key, its title."""

    key: str
    option: str
    title: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A prompt laid out for one channel: texts in order, the widget (if any) with the last."""

    mode: Literal["plain", "buttons", "rows", "numbered", "spoken"]
    texts: tuple[str, ...]
    shown: tuple[ShownOption, ...] = ()
    options: tuple[Option, ...] = ()


def layout(say: Say, capabilities: Capabilities) -> Layout:
    """Return a message laid out for a channel: with buttons, else a list, else numbered or spoken options.

    Texts are in the channel's unit. `say.page` counts from 0 and matters only for paged numbered text.
    """
    if capabilities.voice:
        return layout_spoken(say, capabilities.text)
    text = append_links(say)
    if not say.options:
        return Layout("plain", split_text(text, capabilities.text))
    if say.page == 0:
        for mode, widget in (("buttons", capabilities.buttons), ("rows", capabilities.rows)):
            if widget and fits_widget(say.options, widget):
                texts = split_text(text, widget.body or capabilities.text)
                shown = tuple(ShownOption(str(n), option.key, option.title) for n, option in enumerate(say.options, 1))
                return Layout("buttons" if mode == "buttons" else "rows", texts, shown, say.options)
    return layout_numbered(say, text, capabilities)


def fits_widget(options: tuple[Option, ...], widget: Choices) -> bool:
    """Return whether buttons or a list with these limits can show every option uncut."""
    return len(options) <= widget.count and all(
        length(option.title, widget.title.unit) <= widget.title.size for option in options
    )


def layout_numbered(say: Say, text: str, capabilities: Capabilities) -> Layout:
    """Return the layout with options as numbered lines; if they need several pages, 9 turns the page.

    On numbered pages 1–8 choose, so a page has at most eight options if there are several.
    """
    pages = paginate(say, text, capabilities)
    page = pages[say.page % len(pages)]
    more = len(pages) > 1
    shown = tuple(ShownOption(str(n), option.key, option.title) for n, option in enumerate(page, 1))
    if more:
        shown += (ShownOption(MORE_KEY, MORE, MORE_WORDS.get(say.lang, MORE_WORDS["en"])),)
    head = text if say.page == 0 else ""
    body = "\n".join([*([head] if head else []), *(format_option(item, say.lang) for item in shown)])
    return Layout("numbered", split_text(body, capabilities.text), shown, page)


def paginate(say: Say, text: str, capabilities: Capabilities) -> list[tuple[Option, ...]]:
    """Return the options divided into pages: one page if all fit, else at most eight options on each."""
    budget = capabilities.text.size
    whole = "\n".join(
        [text, *(format_option(ShownOption(str(n), o.key, o.title), say.lang) for n, o in enumerate(say.options, 1))]
    )
    most = capabilities.numbered or len(say.options)
    if len(say.options) <= most and length(whole, capabilities.text.unit) <= budget:
        return [say.options]
    size = max(1, min(most, 8))
    return [say.options[start : start + size] for start in range(0, len(say.options), size)]


def format_option(item: ShownOption, lang: str) -> str:
    """Return a numbered line for an option, such as `1 Lamp`.

    In a right-to-left language a mark keeps the number on the right, also before Latin text.
    """
    return f"{RLM if lang in RTL else ''}{item.key} {item.title}"


def layout_spoken(say: Say, limit: Limit) -> Layout:
    """Return the layout with options read aloud as keys to press, five a page and 9 for more; without links."""
    texts = split_text(say.text, limit)
    if not say.options:
        return Layout("spoken", texts)
    size = SPOKEN_PAGE if len(say.options) > SPOKEN_PAGE + 1 else SPOKEN_PAGE + 1
    pages = [say.options[start : start + size] for start in range(0, len(say.options), size)]
    page = pages[say.page % len(pages)]
    shown = tuple(ShownOption(str(n), option.key, option.title) for n, option in enumerate(page, 1))
    if len(pages) > 1:
        shown += (ShownOption(MORE_KEY, MORE, MORE_WORDS.get(say.lang, MORE_WORDS["en"])),)
    pattern = SPOKEN.get(say.lang, SPOKEN["en"])
    keys = " ".join(pattern.format(title=item.title, key=item.key) for item in shown)
    question = "" if say.page else say.text
    whole = " ".join(text for text in (question, keys) if text)
    if length(whole, limit.unit) <= limit.size:
        return Layout("spoken", (whole,), shown, page)
    return Layout("spoken", (*(texts if question else ()), *split_text(keys, limit)), shown, page)


def split_text(text: str, limit: Limit) -> tuple[str, ...]:
    """Return the text cut into as few messages as the limit allows, between words and never inside a grapheme."""
    return tuple(parts(text, limit.size, limit.unit)) or ("",)


def append_links(say: Say) -> str:
    """Return the message's text with its links below, each on its own line so that channels make it clickable."""
    lines = [say.text, *(f"{title}: {url}" if title else url for title, url in say.links)]
    return "\n".join(text for text in lines if text)
