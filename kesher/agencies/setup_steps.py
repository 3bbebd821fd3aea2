"""Registry of what a new agency sets up; whether a step is done is read from the data and never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from kesher.agencies.models import Agency


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One thing to set up.

    ``url`` is the name of the page where it is done, ``reason`` says why it matters. ``link``, ``waits`` and ``done``
    replace the usual words of the link and of the two states.
    """

    name: str
    title: Any
    reason: Any
    url: str
    is_done: Callable[[Agency], bool]
    order: int = 50
    link: Any = ""
    waits: Any = ""
    done: Any = ""


@dataclass(frozen=True, slots=True)
class StepState:
    """A step as the list shows it."""

    step: SetupStep
    is_done: bool
    url: str

    @property
    def badge(self) -> str:
        """Return the words of its state, "" for one that is not done and has none."""
        return str(self.step.done or _("Done")) if self.is_done else str(self.step.waits)


@dataclass(frozen=True, slots=True)
class Progress:
    """All steps of an agency's set-up, and how many are done."""

    steps: list[StepState]

    @property
    def done(self) -> int:
        """Return how many steps are done."""
        return sum(state.is_done for state in self.steps)

    @property
    def total(self) -> int:
        """Return how many steps there are."""
        return len(self.steps)

    @property
    def is_finished(self) -> bool:
        """Return whether nothing is missing."""
        return self.done == self.total

    @property
    def first_open(self) -> StepState | None:
        """Return the first step that is not done, None if all are."""
        return next((state for state in self.steps if not state.is_done), None)

    @property
    def words(self) -> str:
        """Return the progress in words: "3 of 9"."""
        return _("%(done)s of %(total)s") % {"done": self.done, "total": self.total}


SETUP_STEPS: dict[str, SetupStep] = {}


def register_setup_step(step: SetupStep) -> None:
    """Add a step to the list of what a new agency sets up."""
    SETUP_STEPS[step.name] = step


def read_progress(agency: Agency) -> Progress:
    """Return the steps in order, each with whether it is done; a step whose page does not exist is left out."""
    found = []
    for step in sorted(SETUP_STEPS.values(), key=lambda step: (step.order, step.name)):
        try:
            url = reverse(step.url)
        except NoReverseMatch:
            continue  # the feature of this step has no such page
        found.append(StepState(step, step.is_done(agency), url))
    return Progress(found)
