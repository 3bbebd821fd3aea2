"""The list of typed hooks by which lower layers call higher ones, instead of Django signals.

A listener is registered in its app's `apps.py:ready()`. It runs in the caller's transaction, in the order of
INSTALLED_APPS (lowest layer first). An exception in a listener undoes the caller's work. The table below is the whole
list; `docs/hooks.md` shows who listens, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Hook[**P, R]:
    """A named list of functions to call; `hook(…)` calls each and returns their answers in order."""

    def __init__(self, name: str, purpose: str) -> None:
        """Create a hook without listeners; `purpose` says when it is called."""
        self.name = name
        self.purpose = purpose
        self.listeners: list[Callable[P, R]] = []

    def register(self, listener: Callable[P, R]) -> Callable[P, R]:
        """Add a function to call, unless it is added already, and return it."""
        if listener not in self.listeners:
            self.listeners.append(listener)
        return listener

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Call every listener with these arguments, and return their answers in order."""
        return [listener(*args, **kwargs) for listener in self.listeners]

    def first(self, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Call the listeners in order until one returns something that is not None or empty, and return that."""
        for listener in self.listeners:
            answer = listener(*args, **kwargs)
            if answer:
                return answer
        return None


# inbound(message=Message, wants_person=bool) -> None
inbound: Hook[..., None] = Hook("inbound", "a person wrote")
# understand(contact=Contact, text=str, lang=str, channel=str, form=str) -> Understood | None
understand: Hook[..., Any] = Hook("understand", "a person wrote free text: what does it mean?")
# notice(message=Message, contact=Contact) -> Say | None
notice: Hook[..., Any] = Hook("notice", "a person wrote free text: is there a notice about it?")
# free_text(turn=Turn) -> list[Say] | None
free_text: Hook[..., Any] = Hook(
    "free_text", "free text that matches no option: it may be a question that we can answer"
)
# handoff(turn=Turn, reason=str, session=DialogueSession | None) -> text for the person, or ""
handoff: Hook[..., str] = Hook("handoff", "somebody asks for a person: open a case that a clerk will see")
# answered(message=Message) -> None
answered: Hook[..., None] = Hook("answered", "staff answered a person from another application")
# undelivered(message=Message) -> None
undelivered: Hook[..., None] = Hook("undelivered", "a clerk's message to a person could not be delivered")
# amended(message=Message, before=str) -> None
amended: Hook[..., None] = Hook("amended", "the author of a public message edited or deleted it")
# completed(contact=Contact, door=str, says=list[Say]) -> None
completed: Hook[..., None] = Hook("completed", "a form that began in a conversation was completed on its page")
# contacts_merged(kept=Contact, absorbed=Contact, undone=bool, merge=Merge) -> None
contacts_merged: Hook[..., None] = Hook("contacts_merged", "two contacts were merged, or the merge was undone")
# stopped(contact=Contact, everything=bool) -> None
stopped: Hook[..., None] = Hook("stopped", "a person refused messages")

HOOKS: tuple[Hook[..., Any], ...] = (
    *(inbound, understand, notice, free_text, handoff),
    *(answered, undelivered, amended, completed, contacts_merged, stopped),
)
