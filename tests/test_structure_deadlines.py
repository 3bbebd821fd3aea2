"""Deadlines are judged by the time of arrival (`core.http.arrival_time`), not of processing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.structure import Function, functions, python_files, relative

FEATURES = ("petitions", "contests", "purchases", "participation")
ORDERS = ("__lt", "__lte", "__gt", "__gte")
STAFF = "a day that staff or an organiser set: nothing of a citizen's is late by it"
JOB = "a job: nothing reached us, and it asks `may_close` before it ends anything"
PAST = "how long something that is over is kept, or how old it is"
CLOCK = "how long a promise of ours has run"
HELD = "is a colleague at work on it now?"
GRACE = "how long what came in time may come to its turn"
AHEAD = "a time that begins now"
CROWD = "does a crowd sign at this moment? only the pace of confirmations depends on it"
WORDS = "which round closed last: only words depend on it"
# The functions that compare something with now, each with the reason.
JUDGES_BY_NOW = {
    "kesher/contests/services/result_snapshots.py:rounds_to_draw": JOB,
    "kesher/contests/services/round_close.py:late_for": WORDS,
    "kesher/contests/services/round_close.py:close_round": STAFF,
    "kesher/contests/services/round_close.py:end_rounds": STAFF,
    "kesher/contests/forms/desk.py:clean_closes_at": STAFF,
    "kesher/participation/services/merges.py:settle_merges": JOB,
    "kesher/participation/services/participate.py:expire_pending": JOB,
    "kesher/participation/services/alerts.py:top_origins": PAST,
    "kesher/participation/services/alerts.py:busiest_actions": PAST,
    "kesher/participation/services/alerts.py:forget_nets": PAST,
    "kesher/petitions/trends.py:signatures_by_day": PAST,
    "kesher/petitions/models/petition.py:is_overdue": CLOCK,
    "kesher/petitions/policy_deadlines.py:late_reviews": CLOCK,
    "kesher/petitions/moderation_presenter.py:list_waiting": CLOCK,
    "kesher/petitions/moderation_presenter.py:is_held_now": HELD,
    "kesher/petitions/moderation_presenter.py:clock_cell": CLOCK,
    "kesher/petitions/rules.py:was_closed_just_now": GRACE,
    "kesher/petitions/rules.py:is_held": HELD,
    "kesher/petitions/services/code_delivery.py:send_due_codes": CROWD,
    "kesher/petitions/services/retention.py:list_due_petitions": PAST,
    "kesher/petitions/services/moderation.py:hold_petition": HELD,
    "kesher/petitions/services/transitions.py:transition_columns": STAFF,
    "kesher/petitions/services/transitions.py:extend_signing": STAFF,
    "kesher/petitions/services/transitions.py:may_close_signing": JOB,
    "kesher/petitions/services/transitions.py:lapse_unsupported": JOB,
    "kesher/petitions/services/transitions.py:archive": PAST,
    "kesher/purchases/pickup_list.py:visible_shares": PAST,
    "kesher/purchases/services/close.py:close": JOB,
    "kesher/purchases/services/distribution.py:next_in_line": PAST,
    "kesher/purchases/services/distribution.py:offer_shares": AHEAD,
    "kesher/purchases/services/distribution.py:settle_offered_shares": JOB,
    "kesher/purchases/services/offers.py:choose_offer": STAFF,
    "kesher/purchases/services/pledges.py:settle_places": JOB,
    "kesher/purchases/services/waiting_list.py:offer_freed_units": AHEAD,
    "kesher/purchases/services/waiting_list.py:first_in_line": PAST,
    "kesher/purchases/services/waiting_list.py:offer_places": AHEAD,
}


def asks_now(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) and ast.unparse(part.func) == "timezone.now" for part in ast.walk(node))


def judges_by_now(function: Function) -> bool:
    """Return whether a function compares `timezone.now()` with anything, directly or by a variable, or filters rows by it."""
    named = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and asks_now(node.value)
        for where in node.targets
        for target in ast.walk(where)
        if isinstance(target, ast.Name)
    }

    def is_now(node: ast.AST) -> bool:
        return asks_now(node) or any(isinstance(part, ast.Name) and part.id in named for part in ast.walk(node))

    def compared() -> Iterator[ast.AST]:
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and any(
                isinstance(o, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for o in node.ops
            ):
                yield node
            elif isinstance(node, ast.keyword) and (node.arg or "").endswith(ORDERS):
                yield node.value
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("min", "max"):
                yield node

    return any(is_now(node) for node in compared())


def test_a_deadline_is_judged_by_when_something_reached_us() -> None:
    found = {
        f"{relative(path)}:{function.name}"
        for path in python_files()
        if relative(path).split("/")[1] in FEATURES
        for function in functions(path)
        if judges_by_now(function)
    }
    assert found == set(JUDGES_BY_NOW), sorted(found ^ set(JUDGES_BY_NOW))


def test_the_rule_sees_what_it_forbids() -> None:
    bad = "def f(self):\n    now = timezone.now()\n    return self.closes_at > now\n"
    good = "def f(self):\n    return self.closes_at > arrived_at()\n"
    parsed = [node for text in (bad, good) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert [judges_by_now(function) for function in parsed] == [True, False]
