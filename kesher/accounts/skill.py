"""Chat dialogue "my page": answers with a link that opens the person's own page once."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.accounts.services import link_to_page
from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.dialogues.dialogue_turn import Answers, Turn
from kesher.dialogues.forms import StepForm
from kesher.dialogues.registry import skill


class NothingForm(StepForm):
    """A form without questions."""


@skill(
    "accounts.my_page",
    title=gettext_lazy("My page"),
    form=NothingForm,
    intents={
        "he": ("העמוד שלי", "האזור האישי", "אזור אישי", "כניסה"),
        "ar": ("صفحتي", "صفحتي الشخصية", "المنطقة الشخصية", "دخول"),
        "ru": ("моя страница", "личный кабинет", "войти"),
        "en": ("my page", "me"),
    },
    commands=("העמוד שלי", "صفحتي", "моя страница", "my page"),
)
def my_page(turn: Turn, subject: None, answers: Answers) -> list[Say]:
    """Reply with a single-use link to the person's page; in the web chat, with the sign-in page."""
    if turn.identity is None or turn.identity.scheme == "web":
        address = absolute(reverse("accounts:sign_in"))
        words = _("Sign in here with a code, and you will see everything that is yours.")
        return [Say(words, lang=turn.lang, links=((_("Sign in"), address),))]
    words = _(
        "This link opens your page. It works once, within 15 minutes. Do not share it: whoever opens it is taken "
        "for you."
    )
    link = link_to_page(turn.identity)
    links = ((_("Open my page"), link.url),)
    return [Say(words, lang=turn.lang, links=links, secrets=(link.url,), until=link.until)]
