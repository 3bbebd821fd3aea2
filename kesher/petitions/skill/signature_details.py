"""What a signer may add when the signature counts: a name on the page, where they live, news. Each is left as it is."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.channels.base import Say
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.initiatives.forms import ShownNameForm
from kesher.petitions import services
from kesher.petitions.forms.signatures import SignerAreaForm
from kesher.petitions.models import Petition
from kesher.petitions.services.signatures import Signed
from kesher.petitions.skill.signatures import describe_stored, find_withdrawable, list_additions

signer_skill = partial(skill, subject=find_withdrawable, needs_subject=True, changes_own=True)


class SignerNewsForm(StepForm):
    """A form without questions: whoever chose the news has said yes."""


def say_stored(signed: Signed) -> Say:
    """Return what is stored of a signature now, and what may still be added."""
    return Say(f"{_('Stored.')} {describe_stored(signed)}", list_additions(signed))


@signer_skill("petitions.signer_name", title=gettext_lazy("Add my name"), form=ShownNameForm, icon="user")
def add_name(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Show the signer's name on the petition's page; without one, change nothing."""
    return say_stored(services.change_signature(petition, turn.call, name=answers["name"] or None))


@signer_skill("petitions.signer_area", title=gettext_lazy("Add my area"), form=SignerAreaForm, icon="map-pin")
def add_area(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Count the signer in their area; without one, change nothing."""
    return say_stored(services.change_signature(petition, turn.call, area=answers["area"] or None))


@signer_skill("petitions.signer_news", title=gettext_lazy("Get news"), form=SignerNewsForm, icon="megaphone")
def get_news(turn: Turn, petition: Petition, answers: Answers) -> Say:
    """Record that the signer wants news about the petition."""
    return say_stored(services.change_signature(petition, turn.call, updates=True))
