"""What a service says when it will not do a thing."""

from __future__ import annotations


class Refused(Exception):
    """A verb that was not done, and nothing written. The message is for the person: in their language, and it says what
    to do next. Every door shows it as it is. ``exact``: more precise words, only for whoever may know as much."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = self.exact = message
        self.code = code
