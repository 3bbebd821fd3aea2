"""The published reasons for rejecting a petition, as moderators choose them and authors read them.

Reasons that hide leave nothing to read: the words themselves would do the harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a title for the list, a text for the author and the public, and advice what to do instead.

    ``hides``: the public may not read the petition.
    """

    code: str
    title: Any
    text: Any
    advice: Any
    hides: bool = False


DUPLICATE = "duplicate"
REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(
            DUPLICATE,
            _("Asked already"),
            _("A petition that asks for the same is open already, or was answered in the last months."),
            _("Sign the existing one and share it: one long list counts for more than two short ones."),
        ),
        Reason(
            "powers",
            _("Not within our powers"),
            _("We can neither do nor decide what is asked for: it belongs to another body."),
            _("Turn to the body that can. If you do not know which, ask us and we will say."),
        ),
        Reason(
            "unclear",
            _("No clear demand"),
            _("It does not say what should be done, or by whom."),
            _("Write in one sentence what you want us to do, and send it again."),
        ),
        Reason(
            "service",
            _("A matter of one person"),
            _("It is a request about one person, one place or one service, and needs no signatures."),
            _("Write to us or report it: you get a number, and an answer within the standard time."),
        ),
        Reason(
            "happening",
            _("Being done already"),
            _("What is asked for was decided, or is being done."),
            _("Ask us where it stands. If it is not done in time, start the petition again."),
        ),
        Reason(
            "advert",
            _("Advertising"),
            _("It sells something, collects money or serves one business or one party."),
            _("Say what the public body should do for everybody, without a name that gains by it."),
        ),
        Reason(
            "court",
            _("Before a court"),
            _("A court is deciding this matter, and we may not write about it."),
            _("When the court has decided, you may start the petition again."),
        ),
        Reason(
            "personal",
            _("Personal details"),
            _("It names a private person, or holds details of somebody who did not agree."),
            _("Leave out names, addresses and pictures of private people, and write to us again."),
            hides=True,
        ),
        Reason(
            "defamatory",
            _("Defamatory"),
            _("It says something about a person or a body that may be false and does harm."),
            _("Ask for an action and leave out the accusation. Complaints about staff go to the ombudsman."),
            hides=True,
        ),
        Reason(
            "offensive",
            _("Offensive or inciting"),
            _("It insults people, or calls for hate or violence."),
            _("Say what should change, in words that everybody can read."),
            hides=True,
        ),
        Reason(
            "secret",
            _("Confidential"),
            _("It holds what the law does not let us publish, such as details of minors or of security."),
            _("Write to us privately: such a matter is handled, but not in public."),
            hides=True,
        ),
        Reason(
            "nonsense",
            _("A joke or a test"),
            _("It asks for nothing that could be done."),
            _("If you meant it, write it again in earnest."),
            hides=True,
        ),
    )
}

# What holds for every petition, as the standards page shows it.
STANDARDS: tuple[tuple[Any, Any], ...] = (
    (_("It asks for action"), _("One thing that this public body can do, change or decide, said in one sentence.")),
    (_("It is about many"), _("A single broken lamp is a report; lamps in the whole quarter may be a petition.")),
    (_("It is fair"), _("No insults, no accusations that cannot be shown to be true, no names of private people.")),
    (_("It is new"), _("If the same is asked already, sign that one: you see it while you write.")),
    (_("It is yours"), _("Your own words, and a picture that you may show. Your name is shown only if you want it.")),
)


def reason_of(code: str) -> Reason | None:
    """Return the published reason for rejection with this code, or None."""
    return REASONS.get(code)


def choices() -> list[tuple[str, Any]]:
    """Return the reasons for rejection as form choices (code, title)."""
    return [(code, reason.title) for code, reason in REASONS.items()]
