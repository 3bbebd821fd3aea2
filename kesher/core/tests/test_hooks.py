"""Named points to listen at: a short, known list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kesher.core.hooks import HOOKS, Hook


def test_there_are_eleven_and_each_says_what_for() -> None:
    assert [hook.name for hook in HOOKS] == [
        "inbound",
        "understand",
        "notice",
        "free_text",
        "handoff",
        "answered",
        "undelivered",
        "amended",
        "completed",
        "contacts_merged",
        "stopped",
    ]
    assert all(hook.purpose for hook in HOOKS)


def test_listeners_are_called_in_order_each_once() -> None:
    hook: Hook[..., str] = Hook("test", "for a test")
    first, second = (lambda **_said: "first"), (lambda **_said: "second")
    for listener in (first, second, first):
        hook.register(listener)
    assert hook(text="hello") == ["first", "second"]


def test_the_first_answer_ends_the_asking() -> None:
    asked: list[str] = []

    def listener(name: str, answer: str) -> Callable[[], str]:
        def listen() -> str:
            asked.append(name)
            return answer

        return listen

    hook: Hook[[], str] = Hook("test", "for a test")
    for name, answer in (("silent", ""), ("speaking", "an answer"), ("late", "another")):
        hook.register(listener(name, answer))
    assert hook.first() == "an answer"
    assert asked == ["silent", "speaking"]


def test_nobody_listening_is_no_answer() -> None:
    hook: Hook[[], str] = Hook("test", "for a test")
    assert hook() == []
    assert hook.first() is None


def test_what_a_listener_raises_reaches_the_caller() -> None:
    def refuse() -> str:
        raise LookupError("no")

    hook: Hook[[], str] = Hook("test", "for a test")
    hook.register(refuse)
    with pytest.raises(LookupError):
        hook()
