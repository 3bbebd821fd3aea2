"""Break the long lines of templates: ``script/templates [--check] [FILE …]``.

A line is broken only where a reader sees no difference: between the attributes of a tag, at a space of running text,
and where a block element or white space is beside the line break on every way through the template. What is short
enough stays as it is. Lines that cannot be broken are listed. ``--check`` changes nothing and lists every long line.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kesher.core.templatetags.ui import TAGS

ROOT = Path(__file__).parent.parent
MOST = 140
# A line is broken before this column only if there is no other place.
LEAST = 70
# White space beside these elements is not shown.
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|caption|circle|col|colgroup|dd|details|dialog|div|dl|dt|fieldset|figcaption"
    "|figure|footer|form|g|h|h[1-6]|head|header|hr|html|legend|li|link|main|nav|ol|optgroup|option|p|path|rect|script|section"
    "|summary|table|tbody|td|template|tfoot|th|thead|tr|ul"
)
# Of these the content stays as it is.
AS_WRITTEN = ("pre", "script", "style", "textarea", "title")
VOID = {"br", "circle", "col", "hr", "img", "input", "link", "meta", "path", "rect", "source", "use"}

DJANGO = r"{%[^\n]*?%}|{{[^\n]*?}}|{\#[^\n]*?\#}"
VALUE = rf'"(?:{DJANGO}|[^"])*+"|\'(?:{DJANGO}|[^\'])*+\''
TOKEN = re.compile(
    rf"""(?P<message>{{%\ *blocktrans\w*\b.*?{{%\ *endblocktrans\w*\ *%}})
    |(?P<raw>{{%\ *(?P<fixed>comment|verbatim)\b.*?{{%\ *end(?P=fixed).*?%}}|<!--.*?-->)
    |(?P<note>{{\#.*?\#}})|{{{{.*?}}}}|{{%\ *(?P<tag>\w+)[^\n]*?%}}
    |<(?P<close>/?)(?P<element>[a-zA-Z]+)(?:{DJANGO}|{VALUE}|[^<>])*+>""",
    re.S | re.X,
)
# What writes nothing by itself.
SILENT = re.compile(r"{% *(?:load|extends|with|endwith)\b|{% *blocktrans[^%]* asvar |{%[^\n]* as \w+ *%}$")
# What an included template writes begins and ends with a new line, as does a component.
INCLUDE = re.compile(rf"{{% (?:include \"(?!django/)[^\"#]+\"|{'|'.join(TAGS)}) ")
# Where white space may become a line break inside a token; what is matched without a gap stays as it is.
GAPS = {
    "text": re.compile("(?P<gap> +)"),
    "note": re.compile(r"{\#[ ]\S+|[ ]\#}|(?P<gap>[ ]+)"),
    "message": re.compile(rf"(?P<gap> +| *(?={{%)|(?<=%}}) *)|{DJANGO}"),
    "open": re.compile(rf"{DJANGO}|{VALUE}|(?P<gap>[ ]+|(?=/?>$))"),
}
GAPS["void"] = GAPS["open"]


@dataclass(slots=True)
class Token:
    """A piece of a template, what it is called, and how deep it is in elements and Django blocks."""

    kind: str
    name: str
    text: str
    start: int
    depth: int = 0

    @property
    def level(self) -> int:
        """How deep a line is that begins with it."""
        return self.depth - (self.kind in ("close", "end"))


@dataclass(frozen=True, slots=True)
class Break:
    """A place for a line break: what is between `start` and `end` becomes `before`, a new line and `after`.

    The lowest `depth` is the best place; `level` is how deep the new line is.
    """

    start: int
    end: int
    depth: int
    level: int
    before: str = ""
    after: str = ""


def split_tokens(text: str) -> list[Token]:
    """Return the tokens of a template, which are the template when joined."""
    found: list[Token] = []
    ends = set(re.findall(r"{% *end(\w+)", text))
    at = 0
    while match := TOKEN.search(text, at):
        if at < match.start():
            found.append(Token("text", "", text[at : match.start()], at))
        token = Token(kind_of(match, ends), match["tag"] or match["element"] or "", match[0], match.start())
        found.append(token)
        at = match.end()
        end = text.find(f"</{token.name}", at) if token.kind == "open" and token.name in AS_WRITTEN else at
        if at < end:
            found.append(Token("raw", "", text[at:end], at))
            at = end
    found.append(Token("text", "", text[at:], at))
    return found


def kind_of(match: re.Match[str], ends: set[str]) -> str:
    """Return what a token is; `ends` are the names of Django's tags that have an end."""
    if match["element"]:
        return "close" if match["close"] else "void" if match["element"] in VOID else "open"
    name = match["tag"]
    if not name:
        return next((kind for kind in ("message", "raw", "note") if match[kind]), "other")
    if name in ("else", "elif", "empty"):
        return "branch"
    return "begin" if name in ends else "end" if name.startswith("end") else "other"


def set_depths(found: Iterable[Token]) -> None:
    """Set the depth before each token; a branch is as deep as its ``if``."""
    depth = 0
    blocks: list[int] = []
    for token in found:
        token.depth = depth
        if token.kind == "begin":
            blocks.append(depth)
        elif token.kind == "branch":
            token.depth = depth = blocks[-1]
        elif token.kind == "end":
            depth = blocks.pop()
        depth += {"open": 1, "begin": 1, "branch": 1, "close": -1}.get(token.kind, 0)


def find_clear(found: Sequence[Token], *, backwards: bool = False) -> list[bool]:
    """Return for each token whether white space or a block element is before it on every way; `backwards`, after it.

    Nothing is assumed of what comes before a round of a loop, and around blocks that other templates replace.
    """
    answers, clear = [], False
    blocks: list[tuple[bool, list[bool]]] = []
    for token in reversed(found) if backwards else found:
        answers.append(clear)
        if token.kind in ("note", "raw") or SILENT.match(token.text):
            continue
        if token.kind == ("end" if backwards else "begin"):
            blocks.append((clear, [clear]))
            clear = clear and token.name in ("if", "endif")
        elif token.kind == "branch":
            entry, ways = blocks[-1]
            # With an else, no way leads past all the branches.
            ways[:] = [*ways[token.name != "elif" :], clear]
            clear = entry and token.name != "empty"
        elif token.kind in ("begin", "end"):
            clear = all([clear, *blocks.pop()[1]]) and token.name in ("if", "endif", "for", "endfor")
        elif token.kind == "text":
            clear = token.text[0 if backwards else -1].isspace() if token.text else clear
        else:
            is_tag = token.text.startswith("{%")
            clear = bool(INCLUDE.match(token.text)) if is_tag else bool(BLOCKS.fullmatch(token.name))
    return answers[::-1] if backwards else answers


def find_breaks(text: str, found: Sequence[Token]) -> Iterator[Break]:
    """Yield the places where lines may be broken, in their order."""
    levels = {token.start: token.level for token in found}
    clear_before, clear_after = find_clear(found), [False, *find_clear(found, backwards=True)]
    for index, token in enumerate(found):
        if (clear_before[index] or clear_after[index]) and is_inside(text, token.start, token.start):
            yield Break(token.start, token.start, token.depth, token.level)
        if token.kind == "note" and not (clear_before[index] or clear_after[index + 1]):
            continue
        if token.kind == "message" and not re.match(r"{%[^%]* trimmed\b", token.text):
            continue
        depth = token.depth + (token.kind != "text")
        before, after = (" #}", "{# ") if token.kind == "note" else ("", "")
        for match in GAPS[token.kind].finditer(token.text) if token.kind in GAPS else ():
            start, end = token.start + match.start(), token.start + match.end()
            is_at_edge = token.kind == "message" and (match.start() == 0 or match.end() == len(token.text))
            if match["gap"] is not None and not is_at_edge and is_inside(text, start, end):
                level = levels.get(end, token.depth if after else depth)
                yield Break(start, end, depth + (text[end] == ">"), level, before, after)


def is_inside(text: str, start: int, end: int) -> bool:
    """Return whether there is something other than white space before `start` and after `end`."""
    return start > 0 and end < len(text) and not text[start - 1].isspace() and not text[end].isspace()


def break_line(text: str, start: int, end: int, level: int, breaks: Sequence[Break]) -> str:
    """Return the line of a template between `start` and `end`, at this level, broken where it has to be."""
    margin = " " * (end - start - len(text[start:end].lstrip()))
    prefix, start = margin, start + len(margin)
    levels, pieces = [level], []
    while len(prefix) + end - start > MOST:
        rest = [one for one in breaks if start < one.start and one.end < end]
        fitting = [one for one in rest if len(prefix) + one.start - start + len(one.before) <= MOST]
        long_enough = [one for one in fitting if one.start - start >= LEAST]
        if not rest:
            break
        best = min(long_enough or fitting[-1:] or rest[:1], key=lambda one: (one.depth, -one.start))
        pieces.append(prefix + text[start : best.start] + best.before)
        while levels and levels[-1] >= best.level:
            levels.pop()
        prefix, start = margin + "  " * len(levels) + best.after, best.end
        levels.append(best.level)
    return "\n".join([*pieces, prefix + text[start:end]])


def break_lines(text: str) -> str:
    """Return a template with its long lines broken."""
    found = split_tokens(text)
    set_depths(found)
    breaks = list(find_breaks(text, found))
    starts = [token.start for token in found]
    lines, start = [], 0
    for line in text.split("\n"):
        end = start + len(line)
        if len(line) > MOST:
            first = start + len(line) - len(line.lstrip())
            token = found[bisect_right(starts, first) - 1]
            level = token.level if token.start == first else token.depth + (token.kind != "text")
            line = break_line(text, start, end, level, [one for one in breaks if start < one.start < end])
        lines.append(line)
        start = end + 1
    broken = "\n".join(lines)
    # A new line is white space, so there may be new places beside it.
    return broken if broken == text else break_lines(broken)


def template_files() -> list[Path]:
    """Return the templates of pages."""
    return sorted((ROOT / "kesher").glob("*/templates/**/*.html"))


def long_lines(path: Path) -> list[str]:
    """Return the lines that are too long, as ``file:number: length``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    where = path.resolve().relative_to(ROOT)
    return [f"{where}:{number}: {len(line)}" for number, line in enumerate(lines, 1) if len(line) > MOST]


def main(arguments: Sequence[str]) -> int:
    """Break lines, print those that are still too long, and return how to exit."""
    paths = [Path(name) for name in arguments if name != "--check"] or template_files()
    if "--check" not in arguments:
        for path in paths:
            text = path.read_text(encoding="utf-8")
            broken = break_lines(text)
            if broken != text:
                path.write_text(broken, encoding="utf-8")
    found = [line for path in paths for line in long_lines(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
