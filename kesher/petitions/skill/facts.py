"""What people ask about a petition, and the answers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kesher.core.i18n.text_variants import choose_wording
from kesher.core.templatetags.ui import deadline
from kesher.dialogues.dialogue_turn import Turn
from kesher.dialogues.facts import AUTHOR, COUNT, ENDS, GOAL, PRIVACY, UNDO, Fact
from kesher.participation.services import read_total
from kesher.petitions.models import Petition
from kesher.petitions.presenters import build_count
from kesher.petitions.skill.signatures import count_in_words, describe_next_step
from kesher.petitions.threshold_progress import read_figures


def list_facts(turn: Turn, petition: Petition) -> list[Fact]:
    """Return what people ask about a petition, and the answers; nothing of one that nobody may read now."""
    if petition.is_out_of_sight:
        return []
    found = read_figures(petition, now=True)
    signed = read_total(found)
    undo = choose_wording(
        _("You may withdraw your signature at any time: write “withdraw %(code)s”."),
        _("You may withdraw your signature at any time."),
    )
    return [
        Fact(ENDS, describe_end(petition)),
        Fact(COUNT, count_in_words(signed) if signed else _("Nobody has signed it yet.")),
        Fact(GOAL, f"{describe_next_step(petition, found)} {build_count(petition, found).aim}."),
        Fact(AUTHOR, describe_author(petition)),
        Fact(PRIVACY, _("Nobody sees your number or address. Your name is shown only if you give it.")),
        Fact(UNDO, undo % {"code": petition.code}),
    ]


def describe_end(petition: Petition) -> str:
    """Return in words until when a petition may be signed, or that it is over."""
    if not petition.takes_signatures:
        return _("It takes no signatures any more.")
    if petition.ends_at is None:
        return _("It has no last day yet.")
    return _("It is open until %(day)s.") % {"day": deadline(petition.ends_at)}


def describe_author(petition: Petition) -> str:
    """Return in words who started a petition, as its page says."""
    if petition.author_name:
        return _("It was started by %(name)s.") % {"name": petition.author_name}
    return _("Its author did not give a name for the page.")
