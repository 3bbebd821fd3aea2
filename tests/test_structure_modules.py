"""The plan of the house: which rooms an app may have, how large they may be, and who may look into whom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import (
    FLOORS,
    HOUSE,
    ROOT,
    apps,
    channel_folders,
    files,
    functions,
    imports,
    length,
    module_name,
    python_files,
    relative,
    source_folders,
)

ROOMS = {"models", "services", "rules", "forms", "views", "desk", "api", "skill", "tasks", "urls", "admin", "apps"}
FOLDERS = {"templates", "static", "migrations", "tests", "management", "locale", "templatetags", "services", "models"}
PLAIN = {"__init__.py", "README.md", "py.typed"}
NEVER = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "signals", "lib"}
CHANNEL = {"__init__.py", "adapter.py", "README.md", "logo.svg", "fixtures"}
SOURCE = {"__init__.py", "adapter.py", "fixtures"}
APPS = pytest.mark.parametrize("app", apps(), ids=lambda path: path.name)


def things(folder: Path, known: set[str]) -> list[str]:
    """The rooms of a folder that are named after a thing: every name that is not one of the known ones."""
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__" and not path.name.startswith(".")}
    return sorted(names - known - {f"{room}.py" for room in ROOMS})


def is_listed(name: str, readme: str) -> bool:
    """A room is listed where its README names it as `thing`, `thing.py` or `thing/`."""
    stem = name.removesuffix(".py")
    return re.search(rf"`{re.escape(stem)}(\.py|/)?`|`{re.escape(name)}`", readme) is not None


def test_the_floors_are_the_apps() -> None:
    assert {path.name for path in apps()} == set(FLOORS)
    assert {path.name for path in HOUSE.iterdir() if path.is_file()} <= {"__init__.py", "py.typed"}


@APPS
def test_an_app_says_what_it_is(app: Path) -> None:
    assert (app / "README.md").exists(), f"{app.name} has no README"


@APPS
def test_a_room_named_after_a_thing_is_listed(app: Path) -> None:
    channels = {folder.name for folder in channel_folders()} if app.name == "channels" else set()
    readme = (app / "README.md").read_text(encoding="utf-8")
    hidden = [name for name in things(app, PLAIN | FOLDERS | channels) if not is_listed(name, readme)]
    assert not hidden, f"{app.name}/README.md does not list {', '.join(hidden)}"


@pytest.mark.parametrize("folder", channel_folders(), ids=lambda path: path.name)
def test_a_channel_is_its_folder(folder: Path) -> None:
    """An adapter, its fixtures, its README; what else it needs is listed there."""
    names = {path.name for path in folder.iterdir()}
    assert names >= CHANNEL - {"__init__.py"}, f"{folder.name} lacks {CHANNEL - names}"
    tests = {name for name in names if name.startswith("test_")}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    hidden = [name for name in things(folder, CHANNEL | tests) if not is_listed(name, readme)]
    assert not hidden, f"{relative(folder)}/README.md does not list {', '.join(hidden)}"


@pytest.mark.parametrize("folder", source_folders(), ids=lambda path: path.name)
def test_a_source_is_its_folder(folder: Path) -> None:
    """An adapter and its fixtures, each with what comes of it."""
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == SOURCE
    given = {path.name.partition(".")[0] for path in (folder / "fixtures").iterdir()} - {"told"}
    assert given == {path.name.partition(".")[0] for path in (folder / "fixtures").glob("*.expected.json")} != set()


def test_no_room_is_called_anything_at_all() -> None:
    paths = [*HOUSE.rglob("*"), *(ROOT / "tests").rglob("*"), *(ROOT / "bench").rglob("*")]
    assert not [relative(path) for path in paths if path.stem in NEVER and "fixtures" not in path.parts]


def test_no_file_is_longer_than_400_lines() -> None:
    paths = [*python_files(tests=True), *files("*.html", "*.css", "*.js")]
    paths = [path for path in paths if ".min." not in path.name]
    long = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert not {path: lines for path, lines in long.items() if lines > 400}


def test_services_past_250_lines_are_a_package() -> None:
    rooms = [app / "services.py" for app in apps() if (app / "services.py").exists()]
    assert not [relative(path) for path in rooms if len(path.read_text(encoding="utf-8").splitlines()) > 250]


def test_functions_are_short() -> None:
    """At most 60 lines each, and 95 of 100 at most 30."""
    lengths = {
        f"{relative(path)}:{function.lineno} {function.name}": length(function)
        for path in python_files(tests=True)
        for function in functions(path)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > 60}
    long = sorted(name for name, lines in lengths.items() if lines > 30)
    assert len(long) <= len(lengths) * 0.05, "\n".join(long)


def test_tests_are_short() -> None:
    """Half of them at most ten lines."""
    tests = [
        length(function)
        for path in python_files(tests=True)
        for function in functions(path)
        if function.name.startswith("test_")
    ]
    assert sorted(tests)[len(tests) // 2] <= 10


def test_no_module_imports_itself_in_a_circle() -> None:
    """Imports inside functions count, too."""
    graph = import_graph()
    assert not [" → ".join(circle) for circle in circles(graph)]


def import_graph() -> dict[str, set[str]]:
    """Which module of the house imports which."""
    modules = {module_name(path): path for path in python_files()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        wanted = {f"{found.module}.{found.name}" for found in imports(path)}
        wanted = {full if full in modules else full.rpartition(".")[0] for full in wanted}
        graph[name] = {other for other in wanted if other in modules and other != name}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The shortest way from each module back to itself, where there is one."""
    found = (way_back(graph, name) for name in graph)
    return [circle for circle in found if circle]


def way_back(graph: dict[str, set[str]], name: str) -> list[str]:
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked: the nearest first
        for other in sorted(graph[way[-1]]):
            if other == name:
                return [*way, name]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


def test_a_channel_knows_only_the_contract() -> None:
    """No Django, no table, no other channel: an adapter is a pure translator."""
    breaches = []
    for folder in channel_folders():
        for path in (path for path in folder.glob("*.py") if not path.name.startswith("test_")):
            for found in imports(path):
                full = f"{found.module}.{found.name}".rstrip(".")
                if not may_know(folder.name, full):
                    breaches.append(f"{relative(path)}:{found.line} {full}")
    assert not breaches


def may_know(channel: str, module: str) -> bool:
    """May this channel's folder import that module?"""
    if not module.startswith(("kesher.", "django")):
        return True
    top, _dot, rest = module.partition("kesher.channels.")
    if rest and not top:
        room = rest.split(".")[0]
        siblings = {folder.name for folder in channel_folders()} - {channel}
        return room not in {*siblings, "models", "services", "registry"}
    return module.startswith(("kesher.language", "kesher.core.address"))


def test_the_language_floor_stands_on_nothing() -> None:
    paths = [path for path in python_files() if path.is_relative_to(HOUSE / "language")]
    known = {"kesher.language"}
    outside = [
        found.module for path in paths for found in imports(path) if found.module.split(".")[0] in ("kesher", "django")
    ]
    assert {module for module in outside if not module.startswith(tuple(known))} == set()


def test_the_language_floor_has_one_name() -> None:
    old = re.compile(r"\bkesher[./]lang\b")
    paths = [*python_files(tests=True), *files("*.html", "*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    assert not [relative(path) for path in paths if old.search(path.read_text(encoding="utf-8"))]


def test_a_link_leads_to_the_body_that_says_it() -> None:
    """Two bodies on one installation have two addresses: a path is made whole by `agencies.base_url.absolute` alone."""
    about_the_installation = {
        *(
            "agencies/base_url.py",
            "channels/models.py",
            "site/settings.py",
            "site/deploy_checks.py",
            "site/simulator_client.py",
        ),
        *("site/providers/fake_oidc.py", "site/management/commands/setup.py"),
    }
    users = {path for path in python_files() if "KESHER_PUBLIC_URL" in path.read_text(encoding="utf-8")}
    assert {path.relative_to(HOUSE).as_posix() for path in users} == about_the_installation
