"""Chat dialogue "what is new": the list of what concerns the person who asks."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Option, Say
from kesher.conversations.recycled_numbers import may_have_new_owner
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill
from kesher.dialogues.services import GO
from kesher.following.models import Following
from kesher.following.presenters import concern_lines, list_concerns

MOST = 5


class NothingForm(StepForm):
    """A form without questions."""


@skill(
    "following.concerns",
    title=gettext_lazy("What is new for me?"),
    form=NothingForm,
    intents={
        "he": ("מה חדש", "מה חדש?", "מה נוגע לי", "מה נוגע אליי", "מה חדש ברחוב שלי", "מה חדש ברחוב שלי?"),
        "ar": ("ما الجديد", "ما الجديد؟", "ما يهمني", "ما الجديد في شارعي", "ما الجديد في شارعي؟"),
        "ru": ("что нового", "что нового?", "что меня касается", "что нового на моей улице"),
        "en": ("what is new", "what's new", "what's new?", "what's new for me", "what concerns me"),
    },
    changes_own=True,  # shows what its person follows: not to a sender whom nothing proves
)
def concerns(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Reply with the newest of what concerns this person, each with the reason, or offer to follow something."""
    offer = Option(f"{GO}following.follow", _("Follow what concerns me"))
    hidden = turn.identity is not None and may_have_new_owner(turn.identity)
    following = None if hidden else Following.objects.of(turn.contact).first()
    if following is None:
        words = _("You follow nothing yet. Choose topics and your street, and you see here what is new about them.")
        return [Say(words, (offer,), lang=turn.lang)]
    change = Option(f"{GO}following.follow", _("Change what I follow"))
    found = list_concerns(following, most=MOST)
    if not found:
        words = _("Nothing new in the last month in what you follow.")
        return [Say(words, (change,), lang=turn.lang)]
    more = ((_("What concerns me"), absolute(reverse("following:follow"))),)
    text = "\n\n".join([_("New in what you joined or follow:"), concern_lines(found)])
    return [Say(text, (change,), lang=turn.lang, links=more)]
