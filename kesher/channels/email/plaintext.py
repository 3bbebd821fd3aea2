"""The words of an HTML mail, as a plain-text mail would have had them. Pure, standard library only."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"})
# HTMLParser reports no end for these, so they must not wait for one.
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
BLOCK = re.compile(
    "address|article|aside|blockquote|center|dd|div|dl|dt|fieldset|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre"
    "|section|table|tbody|tfoot|thead|tr|ul"
)
SPACED = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
SPACE = re.compile(r"[ \t\r\n\f\v\xa0]+")
BLANK_LINES = re.compile(r"\n{3,}")
MOST = 2_000_000  # letters of HTML that are read; the rest of a monster is quotes of quotes


class Reader(HTMLParser):
    """Collects lines; ``depth`` counts block quotes, so that quoted lines begin with ">" as in a plain mail."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line = ""
        self.depth = 0
        self.silent = ""
        self.nested = 0
        self.kept = 0
        self.link = ""
        self.link_at = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.silent:
            self.nested += tag == self.silent
            return
        if tag in SILENT and tag not in VOID:
            self.silent, self.nested = tag, 1
            return
        if BLOCK.fullmatch(tag):
            self.end_block(tag in SPACED)
        if tag == "br":
            self.push()
        elif tag == "blockquote":
            self.depth += 1
        elif tag == "li":
            self.line = "- "
        elif tag in ("td", "th") and self.line.strip():
            self.line += " "
        elif tag == "pre":
            self.kept += 1
        elif tag == "a":
            self.link, self.link_at = dict(attrs).get("href") or "", len(self.line)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.nested -= tag == self.silent
            if self.nested <= 0:
                self.silent = ""
            return
        if BLOCK.fullmatch(tag):
            self.end_block(tag in SPACED and tag != "blockquote")
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)
            self.end_block(spaced=True)
        elif tag == "pre":
            self.kept = max(0, self.kept - 1)
        elif tag == "a":
            self.end_link()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.kept:
            first, *rest = data.split("\n")
            self.line += first
            for line in rest:
                self.push()
                self.line = line
            return
        words = SPACE.sub(" ", data)
        self.line += words.lstrip() if not self.line or self.line.endswith(" ") else words

    def end_link(self) -> None:
        """A web address that the words do not show goes behind them: a person may need it."""
        words = self.line[self.link_at :].strip()
        if words and self.link.startswith(("http://", "https://")) and words.rstrip("/") not in self.link:
            self.line = f"{self.line.rstrip()} ({self.link})"
        self.link = ""

    def end_block(self, spaced: bool) -> None:
        """Ends the block: what was written becomes a line, with an empty one after a paragraph."""
        if self.line.strip():
            self.push()
        if spaced and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.depth)

    def push(self) -> None:
        quote = f"{'>' * min(self.depth, 9)} " if self.depth else ""
        self.lines.append(f"{quote}{self.line if self.kept else self.line.strip()}".rstrip())
        self.line = ""
        self.link_at = 0


def plain(html: str) -> str:
    """The text of an HTML mail: no scripts, no styles; paragraphs apart, list items dashed, quotes marked with ">"."""
    reader = Reader()
    try:
        reader.feed(html[:MOST])
        reader.close()
    except AssertionError:
        # The parser asserts on a few malformed declarations; what it read up to there stands.
        pass
    if reader.line.strip():
        reader.push()
    return BLANK_LINES.sub("\n\n", "\n".join(reader.lines)).strip("\n")
