"""What is asked of members, and of those who open a community."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kesher.communities.models import PURPOSE_MOST, RULES_MOST, TITLE_MOST, Community
from kesher.communities.services import texts_of
from kesher.dialogues.forms import StepForm
from kesher.discussions.forms import text_field
from kesher.discussions.models import NAME_MOST
from kesher.following.models import Following


class JoinForm(StepForm):
    """The name that the others will see."""

    name = forms.CharField(
        label=_("By which name shall the others see you?"),
        max_length=NAME_MOST,
        help_text=_("A first name or a pseudonym. Nobody sees your number or address."),
    )
    frequency = forms.ChoiceField(
        label=_("How often may we write to you, with news of what you joined or follow?"),
        help_text=_("One message for everything that you joined. “Stop” takes it back."),
        choices=Following.Frequency.choices,
        required=False,
        widget=forms.RadioSelect,
    )

    def shape(self, answers: Mapping[str, Any]) -> None:
        """Leave out the question to who gets a digest already."""
        known = Following.objects.of(self.contact).first() if self.contact is not None else None
        if known is not None and known.frequency != Following.Frequency.NEVER:
            self.fields.pop("frequency", None)


class LeaveForm(StepForm):
    """The question before a membership ends."""

    sure = forms.BooleanField(label=_("Shall we end your membership? What you wrote stays."))


class PostForm(StepForm):
    """What a member writes to all."""

    text = text_field(_("What do you want to tell or ask?"))


class CommunityForm(forms.Form):
    """A community: its title, purpose and rules in every language of the body, and who may read it."""

    readers = forms.ChoiceField(label=_("Who may read it?"), choices=Community.Readers.choices)

    def __init__(self, *args: Any, languages: Sequence[str], community: Community | None, **kwargs: Any) -> None:
        """Add the fields of each language, with what there is already."""
        super().__init__(*args, **kwargs)
        self.languages = list(languages)
        self.fields["readers"].initial = community.readers if community else Community.Readers.MEMBERS
        for lang in self.languages:
            name, first = dict(settings.LANGUAGES)[lang], lang == self.languages[0]
            self.add("title", lang, _("Title"), name, TITLE_MOST, community and community.titles, required=first)
            self.add("purpose", lang, _("What it is for"), name, PURPOSE_MOST, community and community.purposes, rows=2)
            self.add("rules", lang, _("House rules"), name, RULES_MOST, community and community.rules, rows=4)

    def add(
        self, kind: str, lang: str, label: Any, language: str, most: int, texts: Any, *, rows: int = 0, **more: Any
    ) -> None:
        """Add one field of one language."""
        attrs = {"lang": lang, "dir": "auto"}
        widget = forms.Textarea(attrs={**attrs, "rows": str(rows)}) if rows else forms.TextInput(attrs=attrs)
        self.fields[f"{kind}_{lang}"] = forms.CharField(
            label=f"{label} ({language})",
            max_length=most,
            widget=widget,
            initial=(texts or {}).get(lang, ""),
            **{"required": False, **more},
        )

    def by_language(self) -> list[list[forms.BoundField]]:
        """Return the fields of each language."""
        return [[self[f"{kind}_{lang}"] for kind in ("title", "purpose", "rules")] for lang in self.languages]

    def values(self) -> dict[str, Any]:
        """Return the fields of the community."""
        given = self.cleaned_data
        texts = {f"{kind}s": texts_of(given, kind) for kind in ("title", "purpose")}
        return {**texts, "rules": texts_of(given, "rules"), "readers": given["readers"]}
