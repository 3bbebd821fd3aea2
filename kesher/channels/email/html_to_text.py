"""Convert the HTML of a mail to plain text; recognise images and texts that no person sent."""

from __future__ import annotations

import re
from html import unescape

# Elements whose content is no text.
SILENT = frozenset({"script", "style", "title", "template", "iframe", "noembed"})
BLOCK = re.compile(
    "address|article|aside|blockquote|center|dd|div|dl|dt|fieldset|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre"
    "|section|table|tbody|tfoot|thead|tr|ul"
)
# Elements that may be hidden (a newsletter's preview line, a trap for machines) and have an end tag.
HIDEABLE = frozenset({"div", "span"})
HIDING = re.compile(
    r"(?:^|\s)hidden(?=\s|=|$)|\b(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![\d.]))",
    re.IGNORECASE,
)
SPACED = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
SPACE = re.compile(r"[ \t\r\n\f\v\xa0]+")
BLANK_LINES = re.compile(r"\n{3,}")
OPEN = re.compile(r"<(?=[a-zA-Z/!?])")
# A tag ends at the first ">" outside a quoted value. Possessive quantifiers keep the time linear.
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,99}+)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)>")
LEFT = re.compile(r"<[a-zA-Z/!?][^<>]*>")
HREF = re.compile(r"(?:^|\s)href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
LONG_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")  # no character has it, and Python refuses to convert it
TAGS = 200_000  # most tags; after them text is read without its structure
QUOTES = 9  # most marks before a quoted line


ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in SILENT}


class Reader:
    """Collects the lines of the text.

    `depth` counts block quotes, so that quoted lines begin with ">" as in a plain mail. `unseen` counts nested elements
    of the name of an invisible one.
    """

    def __init__(self, hiding: bool = True) -> None:
        """Start with empty output. If `hiding`, the text of invisible elements is left out."""
        self.hiding = hiding
        self.hidden_in = ""
        self.unseen = 0
        self.lines: list[str] = []
        self.line: list[str] = []
        self.blank = True  # nothing but spaces on the line so far
        self.depth = 0
        self.kept = 0
        self.link = ""
        self.link_at = 0

    def read(self, html: str) -> None:
        """Read an HTML text to its end, and collect its visible text in `lines`."""
        at, unclosed = 0, frozenset[str]()
        for _ in range(TAGS):
            opening = OPEN.search(html, at)
            if opening is None:
                break
            self.words(html[at : opening.start()])
            at, unclosed = self.mark_up(html, opening.start(), unclosed)
            if at < 0:
                return
        self.words(LEFT.sub(" ", html[at:]))

    def mark_up(self, html: str, at: int, unclosed: frozenset[str]) -> tuple[int, frozenset[str]]:
        """Read the tag, comment or declaration at this position; return where it ends, and the tags that never close.

        Return where it ends (-1 if all of the rest was read), and the names that have no end in the rest, so that they
        are not searched again.
        """
        if html.startswith("<!--", at) and "-->" not in unclosed:
            close = html.find("-->", at + 2)
            return (close + 3, unclosed) if close >= 0 else (at + 4, unclosed | {"-->"})
        tag = TAG.match(html, at) if html[at + 1] not in "!?" else None
        if tag is None:
            close = html.find(">", at)
            if close < 0 or html[at + 1].isalpha():  # no tag ends from here: it was a "<" in text
                self.words(html[at:])
                return -1, unclosed
            return close + 1, unclosed
        name = tag[2].lower()
        if tag[1]:
            self.end(name)
        elif name in SILENT and name not in unclosed:
            end = ENDS[name].search(html, tag.end())
            return (end.start(), unclosed) if end else (tag.end(), unclosed | {name})
        else:
            self.start(name, tag[3])
        return tag.end(), unclosed

    def start(self, tag: str, attributes: str) -> None:
        """Process a start tag: begin a block, a quote or a link, or hide what is inside."""
        if self.hiding and tag in HIDEABLE and (self.unseen or HIDING.search(attributes[:10_000])):
            self.hidden_in = self.hidden_in if self.unseen else tag
            self.unseen += tag == self.hidden_in
        if BLOCK.fullmatch(tag):
            self.end_block(tag in SPACED)
        if tag == "br":
            self.push()
        elif tag == "blockquote":
            self.depth += 1
        elif tag == "li":
            self.line, self.blank = ["- "], False
        elif tag in ("td", "th") and not self.blank:
            self.line.append(" ")
        elif tag == "pre":
            self.kept += 1
        elif tag == "a":
            found = HREF.search(attributes[:10_000])
            self.link, self.link_at = (
                unescape_references(next(filter(None, found.groups()), "")) if found else "",
                len(self.line),
            )

    def end(self, tag: str) -> None:
        """Process an end tag: end the block, the quote, the link or the hidden part."""
        self.unseen -= self.unseen > 0 and tag == self.hidden_in
        if BLOCK.fullmatch(tag):
            self.end_block(tag in SPACED and tag != "blockquote")
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)
            self.end_block(spaced=True)
        elif tag == "pre":
            self.kept = max(0, self.kept - 1)
        elif tag == "a" and self.link:
            self.end_link()

    def words(self, data: str) -> None:
        """Add the text between two tags to the output, with its white space collapsed."""
        if not data or self.unseen:
            return
        data = unescape_references(data)
        if self.kept:
            first, *rest = data.split("\n")
            self.add(first)
            for line in rest:
                self.push()
                self.add(line)
            return
        words = SPACE.sub(" ", data)
        self.add(words.lstrip() if not self.line or self.line[-1].endswith(" ") else words)

    def add(self, words: str) -> None:
        """Append a text to the current line and note whether the line has content."""
        if words:
            self.line.append(words)
            self.blank = self.blank and words.isspace()

    def end_link(self) -> None:
        """Add the web address of a link after its text, unless the text shows it."""
        words = "".join(self.line[self.link_at :])
        shown = words.strip()
        if shown and self.link.startswith(("http://", "https://")) and shown.rstrip("/") not in self.link:
            self.line[self.link_at :] = [f"{words.rstrip()} ({self.link})"]
        self.link = ""

    def end_block(self, spaced: bool) -> None:
        """End the block: its text becomes a line, with an empty one after a paragraph."""
        if not self.blank:
            self.push()
        if spaced and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(self.depth, QUOTES))

    def push(self) -> None:
        """Append the current line to the output, with its quote marks, and begin an empty one."""
        quote = f"{'>' * min(self.depth, QUOTES)} " if self.depth else ""
        line = "".join(self.line)
        self.lines.append(f"{quote}{line if self.kept else line.strip()}".rstrip())
        self.line, self.blank, self.link_at = [], True, 0


def unescape_references(text: str) -> str:
    """Return a text with its character references ("&amp;") decoded."""
    return unescape(LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


def html_to_text(html: str) -> str:
    """Return the visible text of an HTML mail, with quotes marked by ">".

    Scripts and styles are left out, paragraphs separated, list items marked "- " and quotes marked ">". If all text is
    hidden, return it all the same.
    """
    return render_text(html, Reader()) or render_text(html, Reader(hiding=False))


def render_text(html: str, reader: Reader) -> str:
    """Return the plain text that this reader makes of the HTML."""
    reader.read(html)
    if not reader.blank:
        reader.push()
    return BLANK_LINES.sub("\n\n", "\n".join(reader.lines)).strip("\n")


SMALLEST = 2  # pixels; a smaller picture is a ruler or a tracking pixel


def is_decorative(picture: bytes) -> bool:
    """Return whether an image is a dot or a line (a tracking pixel, a ruler) that a mail program added.

    Anything larger may be what a person wanted to show.
    """
    width, height = size_of(picture)
    return 0 < min(width, height) <= SMALLEST


def size_of(picture: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels of a PNG, GIF or BMP image; (0, 0) for anything else."""
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    if picture.startswith(b"GIF8"):
        return int.from_bytes(picture[6:8], "little"), int.from_bytes(picture[8:10], "little")
    if picture.startswith(b"BM"):
        return int.from_bytes(picture[18:22], "little"), int.from_bytes(picture[22:26], "little")
    return 0, 0


SHORT = 600  # letters; a placeholder is a sentence or two
BEGINNING = 60  # letters to find in the HTML
TIMES = 4  # HTML longer than this many plain texts says something else
LETTERS = re.compile(r"[\W_]+")
MARKUP = re.compile(r"\bhtml\b|html[-‐ ]|browser|דפדפן|браузер|متصفح", re.IGNORECASE)


def is_placeholder(plain: str, shaped: str) -> bool:
    """Return whether a plain text only refers its reader to the HTML beside it.

    `shaped` is the text of the HTML. An honest plain text says what the HTML says, so its beginning is there too.
    """
    said, whole = letters(plain), letters(shaped)
    if len(plain.strip()) > SHORT or not whole or said[:BEGINNING] in whole:
        return False
    return bool(MARKUP.search(plain)) or len(whole) > TIMES * len(said)


def letters(text: str) -> str:
    """Return a text reduced to its letters, case-folded, for comparison with another version."""
    return LETTERS.sub("", text).casefold()
