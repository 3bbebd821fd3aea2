"""Rules of the code: what no file may do, and what every writing service must do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kesher.core.periodic_jobs import JOBS
from tests.structure import (
    PACKAGE,
    ROOT,
    Function,
    app_of,
    apps,
    calls,
    functions,
    imports,
    is_service,
    python_files,
    relative,
)

_MANY = {"bulk_create", "bulk_update", "acreate", "asave"}
ALWAYS_WRITES = _MANY | {"get_or_create", "update_or_create", "aget_or_create"}
ROWS = re.compile(r"\.objects\b|_base_manager|_default_manager|\.filter\(|\.exclude\(|\.select_for_update\(")

# Modules that write and are not services, each with the reason. The test fails where one of them no longer writes.
WRITERS = {
    "kesher/conversations/intake/worker.py": "marks the rows of the journal that it took: its lease and the verb are one transaction",
    "kesher/conversations/delivery/leases.py": "the table is the queue: leasing and writing down how a request went",
    "kesher/conversations/delivery/sender.py": "journals what was fetched, as the intake lane journals what was pushed",
    "kesher/conversations/delivery/call_replies.py": "the table is the queue: writing down what a call fetched",
    "kesher/conversations/intake/journal.py": "the intake lane's group commit, on a connection of its own",
    "kesher/core/files/attachments.py": "stores a file before anybody says what it is for; the verb that takes it leaves the line",
    "kesher/core/audit.py": "the one place that writes the trail",
    "kesher/core/process_lease.py": "which process does a job; no person did it, and no person is in it",
    "kesher/core/live/live_events.py": "the one place that writes live events",
    "kesher/core/http/throttle.py": "how many tries there were; no person did it, and no person is in it",
    "kesher/core/db/batch.py": "what many verbs write together, in the transaction of them all",
    "kesher/core/db/agency_scope.py": "the checks that stand before every write",
}

ITSELF = "the row is the record: appended, dated, with its door"
STEP = "a step inside a verb that leaves its line"
MACHINE = "what the machine keeps for itself; no person did it, and no person is in it"
FLOW = "the stream itself: every message is kept with its time, its channel and its author"

# Services that write without an audit entry, each with the reason.
UNAUDITED: dict[str, str] = {
    "accounts.delete_old_sign_ins": MACHINE,
    "agencies.delete_old_log_entries": MACHINE,
    "agencies.record_sign_in": ITSELF,
    "accounts.note_seen": "when a browser was used last",
    "answers.record_miss": "words that found nothing, masked, counted and nobody's",
    "answers.record_feedback": "the row is the record, and nobody's by design",
    "cases.record_answer": "the clerk's answer, which has its line, seen from the case; each case keeps its own history too",
    "cases.add_event": ITSELF,
    "cases.delete_unused": STEP,
    "cases.discard_draft": "unfinished words that their author alone can read",
    **{f"listening.{name}": MACHINE for name in ("forget_mentions", "note_failure", "store_fetched", "change_known")},
    **{f"listening.{name}": MACHINE for name in ("hear_posts", "change_mention", "empty_mention", "link_watches")},
    **{f"listening.{name}": MACHINE for name in ("hear_batch", "lock_progress", "store_signals", "store_topics")},
    "understanding.count_actions": MACHINE,
    "understanding.erase_heard": "erasing a person has its line",
    "understanding.forget_counts": MACHINE,
    "understanding.forget_heard": MACHINE,
    "understanding.record_heard": "masked words for a review, which has its own line",
    "cases.on_amended": STEP,
    "cases.save_draft": "unfinished words that their author alone can read",
    "cases.report_presence": "a browser that says that it is there; opening the page has its line",
    "channels.note_error": "the account's own row says what went wrong, and when",
    "contacts.answer_request": MACHINE,
    "contacts.count_try": ITSELF,
    "contacts.create_code": ITSELF,
    "contacts.record_merge_event": ITSELF,
    "contacts.request_for_address": "the worker answers it within a second, and deletes it",
    "contacts.find_proof": ITSELF,
    "contacts.forget_wishes": MACHINE,
    "contacts.empty_identities": STEP,
    "contacts.forget_unproved": MACHINE,
    "contacts.get_or_create_identity": "an assurance rises by what a channel vouches for, and each message says by which",
    "contacts.note_proved": MACHINE,
    "contacts.record_consent": ITSELF,
    "contacts.set_language": "a person's language; it changes with what they write",
    "contacts.suggest_merge": ITSELF,
    "following.forget_empty_digests": "that there was no news; what was sent stays",
    "verbs.forget_requests": "requests that nobody confirmed; what was confirmed is where its verb put it",
    "dialogues.forget_old_forms": "forms past their time; what was sent is where its verb put it",
    "conversations.forget_raw": "raw requests past their time; the messages that they became stay",
    "conversations.add": FLOW,
    "conversations.name_message": FLOW,
    "conversations.get_or_create_conversation": FLOW,
    "conversations.move_messages": STEP,
    "conversations.close_gaps": STEP,
    "conversations.separate_conversations": STEP,
    "conversations.refresh_inbox_columns": STEP,
    "conversations.merge_conversations": STEP,
    "conversations.record_conversations": STEP,
    "conversations.create_contacts": ITSELF,
    "conversations.queue_deliveries": FLOW,
    "conversations.update_message_state": FLOW,
    "conversations.store_media": FLOW,
    "conversations.lock_conversations": FLOW,
    "conversations.writing": FLOW,
    "conversations.forget_web_process": MACHINE,
    "conversations.note_settled": MACHINE,
    "conversations.note_addresses": MACHINE,
    "conversations.report_web_process": MACHINE,
    "dialogues.move_session": STEP,
    "dialogues.restore_sessions": STEP,
    "dialogues.ask_step": "a question on its way; the verb at its end leaves the line",
    "dialogues.end_session": STEP,
    "dialogues.offer_options": STEP,
    "dialogues.on_merge": STEP,
    "dialogues.park_session": STEP,
    "participation.add_to_pulses": MACHINE,
    "participation.change_tallies": MACHINE,
    "participation.add_deltas": STEP,
    "participation.drain_agency": MACHINE,
    "participation.forget_nets": "networks past their time: what was personal is gone, the counts stay",
    "participation.queue_confirmations": STEP,
    "participation.raise_alerts": ITSELF,
    "records.delete_expired_readings": "answers of sources past their time, sealed; what was seen of them is a look",
    "records.cache_readings": MACHINE,
    "records.save_health": MACHINE,
    "records.take_lookups": "a question that a worker takes; who asked has its line",
}


def writes(function: Function) -> list[int]:
    """Return the lines in which a function writes rows: a manager's method, a row's save or delete, a queryset's update."""
    names = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and ROWS.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [call.lineno for call, owner, name in calls(function) if is_write(call, owner, name, names)]


def is_write(call: ast.Call, owner: str, name: str, rows: set[str]) -> bool:
    of_rows = bool(ROWS.search(owner)) or owner.partition(".")[0] in rows
    if name in ALWAYS_WRITES or (name in ("create", "create_user") and of_rows):
        return True
    if name in ("update", "delete"):
        return of_rows or (name == "delete" and not call.args and "storage" not in owner and "session" not in owner)
    # A row's save() takes keywords only; a picture's save() names its file first; `unit.save` names its row.
    return name == "save" and (not call.args if owner else bool(call.args))


def test_services_are_the_only_modules_that_write() -> None:
    breaches = []
    for path in python_files():
        if is_service(path) or relative(path) in WRITERS:
            continue
        breaches += [f"{relative(path)}:{line}" for function in functions(path) for line in writes(function)]
    assert not breaches, "\n".join(breaches)


def test_the_modules_that_write_for_a_reason_still_do() -> None:
    for name in WRITERS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        assert any(writes(function) for function in functions(path)) or "INSERT INTO" in text or "super()" in text, name


@pytest.mark.parametrize(
    "line",
    [
        "Petition.objects.create(title='a')",
        "petition.save()",
        "petition.save(update_fields=['title'])",
        "save(petition, 'title')",
        "petition.delete()",
        "Petition.objects.filter(pk=1).update(title='a')",
        "Petition.objects.filter(pk=1).delete()",
        "rows = Petition.objects.all()\n    rows.update(title='a')",
        "Petition.objects.bulk_create([])",
        "request.user.staff_rows.get_or_create(name='a')",
    ],
)
def test_the_rule_sees_a_write(line: str) -> None:
    function = ast.parse(f"def view(request):\n    {line}").body[0]
    assert isinstance(function, Function)
    assert writes(function)


@pytest.mark.parametrize(
    "line",
    ["answers.update(name='a')", "asyncio.create_task(work)", "out.save(file, 'PNG')", "response.delete_cookie('a')"],
)
def test_the_rule_sees_no_write_where_there_is_none(line: str) -> None:
    function = ast.parse(f"def view(request):\n    {line}").body[0]
    assert isinstance(function, Function)
    assert not writes(function)


def test_no_module_has_sql_of_its_own() -> None:
    """One exception: the intake lane's group commit."""
    breaches = []
    for path in python_files():
        for _call, owner, name in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name in ("cursor", "raw", "executemany", "execute") and ("connection" in owner or "objects" in owner):
                breaches.append(relative(path))
    assert set(breaches) <= {"kesher/conversations/intake/journal.py", *SQL}, breaches


# Queries about the database itself, not about its rows.
SQL = {
    "kesher/records/sources/sql_view/adapter.py",  # another system's database, read-only
    "kesher/contests/services/round_close.py",  # a shared lock, which the ORM does not have
    "kesher/core/db/batch.py",  # one statement for many rows of a batch
    "kesher/core/db/prepared_query.py",  # statements that Django compiled once
}


def test_services_know_no_page() -> None:
    """A service is called by every door, so it must not import one."""
    doors = ("django.http", "django.shortcuts", "django.template", "django.views", "django.contrib.messages")
    breaches = [
        f"{relative(path)}:{found.line} {found.module}"
        for path in python_files()
        if is_service(path)
        for found in imports(path)
        if found.module.startswith(doors)
    ]
    assert not breaches


def test_every_writing_verb_leaves_a_line_in_the_trail() -> None:
    """Directly, through a service that it calls, or by all of its callers; else it is in the list with its reason."""
    silent = silent_verbs()
    assert silent == set(UNAUDITED), (
        f"without audit(): {sorted(silent - set(UNAUDITED))}; listed for nothing: {sorted(set(UNAUDITED) - silent)}"
    )


def silent_verbs() -> set[str]:
    """Return the services that write rows without an audit entry: "app.name". The demo, site and simulator are exempt;
    loading the one and resetting the other are audited as a whole."""
    verbs: dict[str, Function] = {}
    called: dict[str, set[str]] = {}
    for path in python_files():
        if is_service(path) and app_of(path) not in ("site", "simulator", "demo"):
            near = apps_called(path)
            for function in functions(path):
                key = f"{app_of(path)}.{function.name}"
                verbs[key] = function
                called[key] = {f"{app}.{name}" for app in near for name in names_called(function)}
    callers = callers_of({key.partition(".")[2] for key in verbs})
    audited = {key for key, verb in verbs.items() if "audit" in names_called(verb)}
    while more := {key for key in set(verbs) - audited if called[key] & audited or is_covered(key, callers, audited)}:
        audited |= more
    return {key for key, verb in verbs.items() if key not in audited and writes(verb)}


def apps_called(path: Path) -> set[str]:
    """Return the app of a file, and those whose services it imports."""
    found = {app_of(path)}
    for item in imports(path):
        _package, _dot, rest = f"{item.module}.{item.name}".partition("kesher.")
        if ".services" in rest:
            found.add(rest.partition(".")[0])
    return found


def is_covered(key: str, callers: dict[str, set[str]], audited: set[str]) -> bool:
    """Return whether this service is only called by services that write an audit entry."""
    known = callers[key.partition(".")[2]] - {key}
    return bool(known) and known <= audited


def names_called(function: Function) -> set[str]:
    return {name for _call, _owner, name in calls(function)}


def callers_of(names: set[str]) -> dict[str, set[str]]:
    """Return the callers of each name: "app.function" for a service, else the file."""
    found: dict[str, set[str]] = {name: set() for name in names}
    for path in python_files():
        for function in functions(path):
            caller = f"{app_of(path)}.{function.name}" if is_service(path) else relative(path)
            for name in names_called(function) & names:
                found[name].add(caller)
    return found


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a cycle; only ready() has to import late."""
    breaches = []
    for path in python_files(tests=True):
        if path.name == "apps.py":
            continue
        breaches += [f"{relative(path)}:{found.line}" for found in imports(path) if found.inside]
    assert not breaches


def test_apps_import_late_in_ready_only() -> None:
    for app in apps():
        path = app / "apps.py"
        for function in functions(path) if path.exists() else ():
            lines = range(function.lineno, (function.end_lineno or 0) + 1)
            if any(found.line in lines and found.inside for found in imports(path)):
                assert function.name == "ready", relative(path)


def test_there_are_no_signals() -> None:
    """Calls are explicit; the hooks are a table."""
    banned = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals")
    breaches = [
        f"{relative(path)}:{found.line}"
        for path in python_files(tests=True)
        for found in imports(path)
        if found.module.startswith(banned) or (found.module == "django.db.models" and found.name == "signals")
    ]
    decorated = [
        f"{relative(path)}:{function.lineno}"
        for path in python_files(tests=True)
        for function in functions(path)
        if any("receiver" in ast.unparse(decorator) for decorator in function.decorator_list)
    ]
    assert not breaches + decorated


def test_views_are_functions() -> None:
    breaches = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
            if any(base.rpartition(".")[2].endswith("View") for base in bases):
                breaches.append(f"{relative(path)}:{node.lineno}")  # type: ignore[attr-defined]
        breaches += [
            f"{relative(path)}:{found.line}"
            for found in imports(path)
            if found.module.startswith("django.views.generic")
        ]
    assert not breaches


def test_types_are_narrowed_and_not_cast() -> None:
    breaches = [
        f"{relative(path)}:{found.line}"
        for path in python_files(tests=True)
        for found in imports(path)
        if found.module == "typing" and found.name == "cast"
    ]
    assert not breaches


def test_every_function_says_its_types() -> None:
    """mypy --strict checks types; this test checks that no module is exempt."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_errors" not in text
    assert "strict = true" in text
    assert not [relative(path) for path in python_files() if "# mypy:" in path.read_text(encoding="utf-8")]


def test_there_is_one_cast() -> None:
    """The people of the tests are created in the root conftest only."""
    cast = fixtures(ROOT / "conftest.py")
    assert {"city", "town", "ruth", "miriam", "sasha", "dana", "omar"} <= cast
    breaches = []
    for path in python_files(tests=True):
        if path != ROOT / "conftest.py" and (twice := fixtures(path) & cast):
            breaches.append(f"{relative(path)}: {', '.join(sorted(twice))}")
    assert not breaches


def fixtures(path: Path) -> set[str]:
    return {
        function.name
        for function in functions(path)
        if any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)
    }


def test_every_job_is_known_to_the_worker() -> None:
    """A tasks module that is not imported does nothing."""
    written_down = {
        f"kesher.{app_of(path)}.tasks.{function.name}"
        for path in PACKAGE.glob("*/tasks.py")
        for function in functions(path)
        if any("job" in ast.unparse(decorator) for decorator in function.decorator_list)
    }
    assert written_down
    assert written_down <= set(JOBS)


def test_dates_are_entered_in_fields_with_bounds() -> None:
    """Django's own fields accept the years 1 and 9999, with which a conversion to another zone overflows."""
    own = "kesher/core/ui/form_fields.py"
    free = [str(relative(path)) for path in python_files() if re.search(r"forms\.Date(Time)?Field\b", path.read_text())]
    assert [path for path in free if path != own and "/tests/" not in path] == []
