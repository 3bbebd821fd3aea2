"""What a service says when it will not do a thing."""

from __future__ import annotations


class Refused(Exception):
    """A verb that was not done, and nothing written. The message is for the person: in his language, and it says what
    to do next. Every door shows it as it is."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
