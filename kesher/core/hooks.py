"""How a lower floor wakes a higher one: seven named, typed hooks, and no Django signals.

A listener is registered in its app's ``apps.py:ready()``. It runs in the caller's transaction, in floor order (the
order of INSTALLED_APPS, lowest first). What it raises undoes the caller's work: a hook is part of the verb.
The table below is the whole list; ``docs/hooks.md`` shows who listens, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Hook[**P, R]:
    """A named point to listen at. ``hook(…)`` calls every listener and returns their answers in order."""

    def __init__(self, name: str, purpose: str) -> None:
        self.name = name
        self.purpose = purpose
        self.listeners: list[Callable[P, R]] = []

    def register(self, listener: Callable[P, R]) -> Callable[P, R]:
        """Adds a listener once; safe to call again (a second ready() in tests)."""
        if listener not in self.listeners:
            self.listeners.append(listener)
        return listener

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [listener(*args, **kwargs) for listener in self.listeners]

    def first(self, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The first answer that is not None or empty; later listeners are not asked."""
        for listener in self.listeners:
            answer = listener(*args, **kwargs)
            if answer:
                return answer
        return None


# inbound(message=Message, wants_person=bool) -> None
inbound: Hook[..., None] = Hook("inbound", "a person wrote: whatever waits for him, or on him, wakes")
# free_text(turn=Turn) -> list[Say] | None
free_text: Hook[..., Any] = Hook("free_text", "words that no option matches: is it a question we can answer?")
# handoff(turn=Turn, reason=str, session=DialogueSession | None) -> what the person is told, or ""
handoff: Hook[..., str] = Hook("handoff", "a person is wanted: open something that a clerk will see")
# answered(message=Message) -> None
answered: Hook[..., None] = Hook("answered", "one of us answered a person from another application")
# completed(contact=Contact, door=str, says=list[Say]) -> None
completed: Hook[..., None] = Hook("completed", "a form that a conversation began was finished on its page")
# contacts_merged(kept=Contact, absorbed=Contact, undone=bool, merge=Merge) -> None
contacts_merged: Hook[..., None] = Hook("contacts_merged", "two contacts are known to be one person, or no longer")
# stopped(contact=Contact, everything=bool) -> None
stopped: Hook[..., None] = Hook("stopped", "a person refused messages")

HOOKS: tuple[Hook[..., Any], ...] = (inbound, free_text, handoff, answered, completed, contacts_merged, stopped)
