"""The documentation matches the code: hooks, dependencies, settings, channels, decisions, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from kesher.core.hooks import HOOKS
from kesher.records.sources.registry import all_adapters
from tests.structure import PACKAGE, ROOT, apps, channel_folders, python_files, relative, source_folders

DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *PACKAGE.glob("*/README.md"),
        *PACKAGE.glob("channels/*/README.md"),
    ]
    if ".venv" not in path.parts
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row of a page."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_hooks_and_who_listens_are_written_down() -> None:
    written = {cells[0].strip("`"): cells[1:] for cells in rows(read("docs/hooks.md")) if cells[0].startswith("`")}
    assert list(written) == [hook.name for hook in HOOKS]
    for hook in HOOKS:
        purpose, listeners = written[hook.name]
        assert purpose == hook.purpose
        assert re.findall(r"`([\w.]+)`", listeners) == [listener_name(listener) for listener in hook.listeners]


def listener_name(listener: object) -> str:
    return f"{str(getattr(listener, '__module__', '')).split('.')[1]}.{getattr(listener, '__name__', '')}"


def dependencies() -> list[str]:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    return [re.split(r"[\[<>=;~! ]", line)[0] for line in project["dependencies"]]


def test_there_are_at_most_25_dependencies_each_with_its_reason() -> None:
    table = [cells[0] for cells in rows(read("docs/dependencies.md")) if not cells[0].startswith(("-", "package"))]
    assert table == dependencies()
    assert len(table) <= 25


@pytest.mark.parametrize("name", dependencies())
def test_a_dependency_is_used(name: str) -> None:
    """By an import, or by its name in the settings or the server."""
    known = {"django-allauth": "allauth", "pillow": "PIL", "imap-tools": "imap_tools", "pyyaml": "yaml"}
    module = known.get(name, name.replace("-", "_"))
    used = re.compile(rf"(?:import|from) {module}\b|[\"']{module}[\".']")
    assert any(used.search(path.read_text(encoding="utf-8")) for path in python_files()), f"nothing uses {name}"


def test_every_setting_from_the_environment_is_written_down() -> None:
    known = re.compile(r"[\"']((?:KESHER|DATABASE)_[A-Z_]+|PORT)[\"']")
    asked = re.compile(r"(?:env|flag|environ\.get|environ)[\[(]\s*[^\n]{0,80}")
    found = {
        name
        for path in python_files()
        for call in asked.findall(path.read_text(encoding="utf-8"))
        for name in known.findall(call)
    }
    kept = re.findall(r"kept_secret\(\"([\w-]+)\"", read("kesher/site/settings.py"))
    found |= {name.upper().replace("-", "_") for name in kept}
    written = {cells[0].strip("`") for cells in rows(read("docs/production.md")) if cells[0].startswith("`")}
    assert {"KESHER_DATA", "KESHER_SECRET", "DATABASE_URL", "PORT"} <= found
    assert found == written, f"not written down: {found - written}; not asked for: {written - found}"


def test_every_channel_is_written_down() -> None:
    table = [cells[0] for cells in rows(read("docs/channels.md")) if "README.md" in cells[-1]]
    assert sorted(table) == [folder.name for folder in channel_folders()]


def test_every_kind_of_source_is_written_down_and_has_a_name_in_four_languages() -> None:
    table = {cells[0].strip("`"): cells[1:] for cells in rows(read("kesher/records/README.md")) if len(cells) == 3}
    for folder in source_folders():
        titles = all_adapters()[folder.name].titles
        assert set(titles) == {"he", "ar", "ru", "en"}, folder.name
        assert all(titles.values())
        assert table[folder.name][0] == titles["en"], f"kesher/records/README.md has no line for {folder.name}"


def test_every_command_is_written_down() -> None:
    commands = {path.stem for path in PACKAGE.glob("*/management/commands/*.py")} - {"__init__", "serve", "demo"}
    assert {name for name in commands if f"`kesher {name}" not in read("README.md")} == set()


def test_every_decision_is_listed_numbered_and_dated() -> None:
    pages = sorted(path for path in (DOCS / "adr").glob("*.md") if path.name != "README.md")
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    listed = read("docs/adr/README.md")
    for path in pages:
        title, date, *rest = path.read_text(encoding="utf-8").splitlines()
        assert path.name in listed
        assert title.startswith(f"# {path.name[:4]} ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d, (accepted|superseded by \d{4})", date)
        assert {"## Context", "## Decision", "## Consequences"} <= set(rest)


def test_the_version_is_the_newest_change() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## ([\d.]+)", read("CHANGELOG.md"), re.M)
    assert newest is not None
    assert newest[1] == version


def test_the_licence_is_the_one_that_is_named() -> None:
    assert "Apache License" in read("LICENSE")
    assert tomllib.loads(read("pyproject.toml"))["project"]["license"] == "Apache-2.0"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _hash, part = target.partition("#")
        aim = (page.parent / name).resolve() if name else page
        assert aim.exists(), f"{relative(page)} → {target}"
        if part and aim.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", aim.read_text(encoding="utf-8"), re.M)
            assert part in {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_the_glossary_has_every_word_in_four_languages() -> None:
    table = [cells for cells in rows(read("docs/glossary.md")) if len(cells) == 5 and cells[0][:1].islower()]
    scripts = (r"[a-z]", r"[א-ת]", r"[ء-ي]", r"[а-яё]")
    for cells in table:
        for cell, letters in zip(cells, scripts, strict=False):
            assert re.search(letters, cell, re.I), cells
    assert len(table) > 30


def test_the_map_in_the_readme_has_every_app() -> None:
    tree = re.search(r"```\nkesher/\n(.*?)```", read("README.md"), re.S)
    assert tree is not None
    assert {path.name for path in apps()} <= set(re.findall(r"(\w+)/", tree[1]))
