"""The exception `Refused` of services that refuse to do something, with a reason for the user."""

from __future__ import annotations


class Refused(Exception):
    """A request that was refused, and nothing was written.

    The message is for the person, in their language, and says what to do next. Every door shows it as it is. `exact` is
    a more precise text for people who may know more.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        """Store the message for the person, and a code for programs."""
        super().__init__(message)
        self.message = self.exact = message
        self.code = code
