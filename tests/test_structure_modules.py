"""Which modules an app may have, how they are named, how large they may be, and which may import which."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.structure import (
    LAYERS,
    PACKAGE,
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

# The modules that an app may have, under the same names everywhere.
STANDARD = {
    *("models", "services", "verbs", "rules", "states", "forms", "presenters", "views", "desk", "api", "tasks", "urls"),
    *("apps", "registrations", "skill", "middleware", "__init__"),
}
# Other names that several apps share, and what each means wherever it occurs.
SHARED = {
    "access_log": "who read a person's data, and why",
    "adapter": "the translator of one channel or source",
    "api_operations": "the operations of the API, described",
    "base": "the contract of adapters, as plain dataclasses",
    "confirmations": "what a person gets after committing to something",
    "consent": "what a person agreed to receive",
    "context_processors": "what every page of a kind gets besides its own context",
    "deadlines": "when something ends, and what still counts",
    "desk_tables": "the columns of the desk's lists",
    "drafts": "what was begun and is not sent yet",
    "emergency_numbers": "the numbers to call where life is in danger",
    "erasure": "what erasing a person does here",
    "export": "rows or answers as files",
    "facts": "what people ask about a thing, and the answers",
    "inbound": "payloads of a provider as events",
    "outbound": "messages as payloads of a provider",
    "live": "events for pages that are open: the lane that sends them, and the template tags",
    "magic_links": "signed links that open a person's own page",
    "merges": "what merging two contacts does here, and undoing it",
    "my_page": "a person's own page",
    "news": "messages to all who take part",
    "notifications": "messages to one author",
    "page_cache": "pages that many people share, in memory",
    "pdf": "tables and pages as PDF",
    "pending_code": "which code a browser waits for",
    "recycled_numbers": "telephone numbers that changed hands",
    "registry": "what is installed: adapters, skills",
    "search": "finding by words",
    "share_image": "the picture that goes with a shared link",
    "timeline": "what happened, in order",
    "topic_icons": "a picture for each topic",
    "topics": "what requests or answers are about",
    # The demo's loaders are named after what they load.
    **dict.fromkeys(
        ("answers", "contests", "conversations", "petitions", "purchases", "records"),
        "a feature: the demo's data for it, its lane, its pages",
    ),
}
NEVER = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "signals", "lib"}
CHANNEL = {"__init__.py", "adapter.py", "README.md", "logo.svg", "fixtures"}
SOURCE = {"__init__.py", "adapter.py", "fixtures"}


def test_the_layers_are_the_apps() -> None:
    assert {path.name for path in apps()} == set(LAYERS)
    assert {path.name for path in PACKAGE.iterdir() if path.is_file()} <= {"__init__.py", "py.typed"}


def test_an_app_says_what_it_is() -> None:
    assert not [app.name for app in apps() if not (app / "README.md").exists()]


def test_a_module_name_has_one_meaning() -> None:
    """A name outside the standard ones is used in one app, or in several that mean the same by it."""
    found: dict[str, set[str]] = {}
    for path in python_files():
        parts = path.relative_to(PACKAGE).parts
        if path.stem not in STANDARD and not {"management", "formats"} & set(parts):
            found.setdefault(path.stem, set()).add(parts[0])
    shared = {name for name, places in found.items() if len(places) > 1}
    assert shared == {name for name in SHARED if len(found.get(name, ())) > 1}, sorted(shared - set(SHARED))
    assert not set(SHARED) - set(found)


def test_a_module_name_is_a_noun() -> None:
    """No pronoun, and no gerund that is not a term of its field."""
    terms = {
        *("answer_matching", "field_mapping", "formatting", "message_routing"),
        *("ranking", "stemming", "word_matching"),
    }
    pronouns = {"own", "mine", "whole", "both", "others", "elsewhere", "meanwhile", "here", "now"}
    names = {path.stem for path in python_files()}
    assert {name for name in names if name.endswith("ing")} == terms
    assert not names & pronouns


@pytest.mark.parametrize("folder", channel_folders(), ids=lambda path: path.name)
def test_a_channel_is_its_folder(folder: Path) -> None:
    """An adapter, its fixtures and its README, beside what else it needs."""
    names = {path.name for path in folder.iterdir()}
    assert names >= CHANNEL - {"__init__.py"}, f"{folder.name} lacks {CHANNEL - names}"


@pytest.mark.parametrize("folder", source_folders(), ids=lambda path: path.name)
def test_a_source_is_its_folder(folder: Path) -> None:
    """An adapter and its fixtures, each with what comes of it."""
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == SOURCE
    given = {path.name.partition(".")[0] for path in (folder / "fixtures").iterdir()} - {"told"}
    assert given == {path.name.partition(".")[0] for path in (folder / "fixtures").glob("*.expected.json")} != set()


def test_a_package_has_at_most_twelve_modules_besides_the_standard_ones() -> None:
    sizes = Counter(
        path.parent.relative_to(PACKAGE).as_posix()
        for path in python_files()
        if path.stem not in STANDARD and not {"commands", "formats"} & set(path.parts)
    )
    assert {name: size for name, size in sizes.items() if size > 12} == {}


def test_no_module_has_an_empty_name() -> None:
    paths = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*"), *(ROOT / "bench").rglob("*")]
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
    """Return which module imports which."""
    modules = {module_name(path): path for path in python_files()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        wanted = {f"{found.module}.{found.name}" for found in imports(path)}
        wanted = {full if full in modules else full.rpartition(".")[0] for full in wanted}
        graph[name] = {other for other in wanted if other in modules and other != name}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the shortest import cycle of each module, if any."""
    found = (way_back(graph, name) for name in graph)
    return [circle for circle in found if circle]


def way_back(graph: dict[str, set[str]], name: str) -> list[str]:
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:  # grows during the loop: the nearest first
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
    """Return whether this channel's folder may import that module."""
    if not module.startswith(("kesher.", "django")):
        return True
    top, _dot, rest = module.partition("kesher.channels.")
    if rest and not top:
        name = rest.split(".")[0]
        siblings = {folder.name for folder in channel_folders()} - {channel}
        return name not in {*siblings, "models", "services", "registry"}
    return module.startswith(("kesher.language", "kesher.core.contact_address"))


def test_the_language_layer_imports_nothing() -> None:
    paths = [path for path in python_files() if path.is_relative_to(PACKAGE / "language")]
    known = {"kesher.language"}
    outside = [
        found.module for path in paths for found in imports(path) if found.module.split(".")[0] in ("kesher", "django")
    ]
    assert {module for module in outside if not module.startswith(tuple(known))} == set()


def test_the_language_layer_has_one_name() -> None:
    old = re.compile(r"\bkesher[./]lang\b")
    paths = [*python_files(tests=True), *files("*.html", "*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    assert not [relative(path) for path in paths if old.search(path.read_text(encoding="utf-8"))]


def test_a_link_leads_to_the_body_that_says_it() -> None:
    """Two agencies on one installation have two URLs: only `agencies.base_url.absolute` makes URLs absolute."""
    about_the_installation = {
        *(
            "agencies/base_url.py",
            "channels/models.py",
            "site/settings.py",
            "site/deploy_checks.py",
            "site/webhook_client.py",
        ),
        *("simulator/providers/fake_oidc.py", "site/management/commands/setup.py", "server/management/commands/up.py"),
    }
    users = {path for path in python_files() if "KESHER_PUBLIC_URL" in path.read_text(encoding="utf-8")}
    assert {path.relative_to(PACKAGE).as_posix() for path in users} == about_the_installation
