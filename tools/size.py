"""Print how large the code is: ``script/size [--repeats [N]] [--between APP …] [--sample SEED]``.

Counted is the Python of `kesher` outside tests, migrations and the demo; templates are counted apart. One JSON object a
line. ``--repeats`` lists passages that occur twice, compared by shape: names and literals are replaced, and imports,
class headers, field declarations and tables are left out. ``--sample`` draws files and functions to be judged by name
and first line of docstring.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = {"tests", "migrations", "demo"}
SAMPLE = 20
Definition = ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    """Return the files that are counted, by path."""
    files = sorted((ROOT / "kesher").rglob("*.py"))
    return [path for path in files if not LEFT_OUT & set(path.parts) and not path.name.startswith("test_")]


def functions(path: Path) -> list[Definition]:
    """Return every function and method of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, Definition)]


def named_functions(path: Path) -> Iterator[tuple[str, Definition]]:
    """Yield each function of a file with the classes and functions around it ("Journal.")."""

    def walk(node: ast.AST, owner: str) -> Iterator[tuple[str, Definition]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Definition):
                yield owner, child
            yield from walk(child, f"{owner}{child.name}." if isinstance(child, ast.ClassDef | Definition) else owner)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), "")


def size() -> dict[str, object]:
    """Return lines, characters, modules and the lengths of functions."""
    texts = {path: path.read_text(encoding="utf-8") for path in python_files()}
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for path in texts for node in functions(path))
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "kesher").rglob("templates/**/*.html")]
    return {
        "lines": sum(text.count("\n") for text in texts.values()),
        "characters": sum(map(len, texts.values())),
        "modules": sum(path.name != "__init__.py" for path in texts),
        "functions": len(lengths),
        "function_median": statistics.median(lengths),
        "function_p95": lengths[int(len(lengths) * 0.95)],
        "function_max": lengths[-1],
        "templates": len(templates),
        "template_lines": sum(text.count("\n") for text in templates),
        "template_characters": sum(map(len, templates)),
    }


class Shape(ast.NodeTransformer):
    """Replace every name and literal, so that only the shape of a statement is left."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace a name."""
        return ast.Name("n", ast.Load())

    def visit_Constant(self, _node: ast.Constant) -> ast.AST:
        """Replace a literal."""
        return ast.Constant(0)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Replace an attribute's name."""
        return ast.Attribute(self.visit(node.value), "a", ast.Load())

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        """Replace a keyword's name."""
        return ast.keyword("k" if node.arg else None, self.visit(node.value))

    def visit_arg(self, _node: ast.arg) -> ast.AST:
        """Replace an argument's name."""
        return ast.arg("p")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a file: its shape without what it contains, and where it stands."""

    shape: str
    path: Path
    line: int


def is_left_out(node: ast.stmt, *, inside: bool) -> bool:
    """Return whether this is an import, a docstring, or outside functions a constant, a table or a field."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    table = not inside and isinstance(node, ast.Assign | ast.AnnAssign)
    return docstring or table or isinstance(node, ast.Import | ast.ImportFrom)


def statements(path: Path) -> Iterator[Statement]:
    """Yield the statements of a file in order, those inside others after them."""

    def walk(body: list[ast.stmt], *, inside: bool) -> Iterator[Statement]:
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, inside=False)
            elif not is_left_out(node, inside=inside):
                yield Statement(shape_of(node), path, node.lineno)
                for part in parts(node):
                    yield from walk(part, inside=True)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")).body, inside=False)


def parts(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(node, name, None):
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body
    for case in getattr(node, "cases", ()):
        yield case.body


def shape_of(node: ast.stmt) -> str:
    """Return the shape of a statement; of a compound one that of its head."""
    head = type(node)(**dict(ast.iter_fields(node)))
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        if hasattr(head, name):
            setattr(head, name, [])
    if isinstance(head, Definition):
        head.name, head.returns, head.type_params = "f", None, []
    return ast.dump(Shape().visit(copy_of(head)))


def copy_of(node: ast.AST) -> ast.AST:
    """Return a deep copy, so that the tree itself keeps its names."""
    if not isinstance(node, ast.AST):
        return node
    fields = {
        name: [copy_of(item) for item in value] if isinstance(value, list) else copy_of(value)
        for name, value in ast.iter_fields(node)
    }
    return type(node)(**fields)


def repeats(least: int, between: list[str]) -> Iterator[dict[str, object]]:
    """Yield passages of at least so many statements that occur twice; ``between``: only those of two of these apps."""
    flow = [list(statements(path)) for path in python_files()]
    places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for number, file in enumerate(flow):
        for start in range(len(file) - least + 1):
            places[tuple(one.shape for one in file[start : start + least])].append((number, start))
    pairs = {(one, other) for found in places.values() for one, other in combinations(found, 2)}
    for (number, start), (other, begin) in sorted(pairs):
        if ((number, start - 1), (other, begin - 1)) in pairs or (number == other and begin < start + least):
            continue  # the inside of a longer one, or one that overlaps itself
        length = least
        while ((number, start + length - least + 1), (other, begin + length - least + 1)) in pairs:
            length += 1
        first, second = flow[number][start], flow[other][begin]
        apps = {one.path.relative_to(ROOT).parts[1] for one in (first, second)}
        if not between or (len(apps) == 2 and apps <= set(between)):
            yield {"statements": length, "first": place(first), "second": place(second)}


def place(one: Statement) -> str:
    """Return where a statement is, as text."""
    return f"{one.path.relative_to(ROOT)}:{one.line}"


def summary(node: ast.Module | Definition) -> str:
    """Return the first line of the docstring of a module or function; "" if it has none."""
    return (ast.get_docstring(node) or "").partition("\n")[0]


def sample(seed: int) -> Iterator[str]:
    """Yield files and functions drawn at random with the first lines of their docstrings, functions with signature."""
    draw = random.Random(seed)  # the same draw for whoever repeats it
    files = [path for path in python_files() if path.name != "__init__.py"]
    for path in draw.sample(files, SAMPLE):
        yield f"{path.relative_to(ROOT)}  {summary(ast.parse(path.read_text(encoding='utf-8')))}"
    every = [(path, owner, node) for path in files for owner, node in named_functions(path)]
    for path, owner, node in draw.sample(every, SAMPLE):
        result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        signature = f"{owner}{node.name}({ast.unparse(node.args)}){result}"
        yield f"{path.relative_to(ROOT)}:{node.lineno} {signature}  {summary(node)}"


def main() -> None:
    """Parse the arguments and print the measures."""
    parser = argparse.ArgumentParser(prog="script/size", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, nargs="?", const=20, metavar="N", help="passages of N statements twice")
    parser.add_argument("--between", nargs="+", default=[], metavar="APP", help="only passages of two of these apps")
    parser.add_argument("--sample", type=int, metavar="SEED", help="draw files and functions")
    given = parser.parse_args()
    if given.sample is not None:
        print("\n".join(sample(given.sample)))
    elif given.repeats:
        for found in repeats(given.repeats, given.between):
            print(json.dumps(found))
    else:
        print(json.dumps(size()))


if __name__ == "__main__":
    main()
