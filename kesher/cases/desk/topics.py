"""Manager's pages of case topics, and their form: names, synonyms, responsible team and standard times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kesher.agencies.forms import MomentForm, NamesForm
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Team, in_language
from kesher.agencies.rules import clerk, staff_only
from kesher.cases import services
from kesher.cases.models import Topic
from kesher.core.ui.flash_messages import tell_outcome


@require_safe
@staff_only("change_settings")
def topics(request: AgencyRequest) -> HttpResponse:
    """Render the list of the agency's topics for cases, those in use first."""
    rows = Topic.objects.select_related("team", "agency").order_by("-is_active", "order", "id")
    context = {
        "topics": rows,
        "has_teams": Team.objects.exists(),
        "sets": [describe_set(name) for name in services.STARTER_SETS],
    }
    return render(request, "cases/topics.html", context)


def describe_set(name: str) -> dict[str, Any]:
    """Return what the page says of a starter set: title, content in the reader's language, whether it is held."""
    content = services.read_starter_set(name)
    rows = {"topics": content.topics, "answers": content.ready_answers}
    return {
        "name": name,
        "title": services.STARTER_SETS[name],
        "held": services.holds_starter_set(name),
        "teams": [in_language(names) for names in content.teams.values()],
        **{kind: [in_language(row["names"]) for row in several] for kind, several in rows.items()},
    }


@staff_only("change_settings")
def add_topic(request: AgencyRequest) -> HttpResponse:
    """Show or save the form for a new topic."""
    return edit_topic(request, None)


@staff_only("change_settings")
def change_topic(request: AgencyRequest, code: str) -> HttpResponse:
    """Show or save the form for the topic with this code."""
    return edit_topic(request, get_object_or_404(Topic, code=code))


def edit_topic(request: AgencyRequest, topic: Topic | None) -> HttpResponse:
    """Show or save a topic's form; for a stored topic, show when a case opened now would be due."""
    form = EditTopicForm(request.POST or None, topic=topic, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        services.save_topic(topic, staff=clerk(request), **form.values())
        messages.success(request, gettext("Saved."))
        return redirect("cases:topics")
    moment = MomentForm(request.GET or None)
    at = moment.cleaned_data["at"] if moment.is_valid() else timezone.now()
    due = services.due_times(request.agency, topic, at) if topic else None
    context = {"form": form, "topic": topic, "due": due, "moment": moment, "at": at}
    return render(request, "cases/topic_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_settings")
def delete_topic(request: AgencyRequest, code: str) -> HttpResponse:
    """Delete a topic and redirect to the list; refused if a case uses it."""
    with tell_outcome(request, gettext("Removed.")):
        services.remove_topic(get_object_or_404(Topic, code=code), staff=clerk(request))
    return redirect("cases:topics")


@require_POST
@staff_only("change_settings")
def starter_set(request: AgencyRequest, name: str) -> HttpResponse:
    """Add the starter set of this name to the agency's teams, topics and ready answers, or take it back.

    ``undo`` asks first and lists what goes; ``sure`` is the answer.
    """
    if name not in services.STARTER_SETS:
        raise Http404
    if request.POST.get("undo") and not request.POST.get("sure"):
        context = {"name": name, "title": services.STARTER_SETS[name], "titles": services.find_removable(name)}
        return render(request, "cases/starter_set_confirm.html", context)
    if request.POST.get("undo"):
        taken, kept = services.remove_starter_set(name, staff=clerk(request))
        words = gettext("Taken back: %(taken)s. Kept, because it is in use or was changed: %(kept)s.")
        messages.success(request, words % {"taken": taken, "kept": kept})
    else:
        added = services.add_starter_set(name, request.agency, staff=clerk(request))
        words = gettext(
            "Added: %(topics)s topics, %(teams)s teams, %(answers)s ready answers, %(texts)s public pages. "
            "You can change them all."
        )
        nothing = gettext("Everything of this set is here already.")
        messages.success(request, words % added if any(added.values()) else nothing)
    return redirect("cases:topics")


SEPARATORS = re.compile(r"[,،;\n]")


class EditTopicForm(NamesForm):
    """A topic of cases. Synonyms are fields ``words_he``, ``words_ar`` and so on, separated by commas."""

    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("No team")
    )
    reportable = forms.BooleanField(
        label=_("Residents may report it"), required=False, initial=True,
        help_text=_("It then stands among the choices of “Report a problem”, on every channel"),
    )  # fmt: skip
    needs_place = forms.BooleanField(label=_("It has a place"), required=False, initial=True)
    clock = forms.ChoiceField(
        label=_("How is its time counted?"),
        choices=[(Topic.Clock.WORKING, _("In opening hours")), (Topic.Clock.ALWAYS, _("Around the clock"))],
        widget=forms.RadioSelect, initial=Topic.Clock.WORKING,
    )  # fmt: skip
    answer_hours = forms.FloatField(label=_("Hours to the first answer"), min_value=0.25, max_value=2000, initial=8)
    done_hours = forms.FloatField(
        label=_("Hours until it is done"), min_value=0.25, max_value=8760, initial=24,
        help_text=_("The standard time that people are told"),
    )  # fmt: skip
    order = forms.IntegerField(
        label=_("Place in the list"), min_value=0, max_value=9999, required=False,
        help_text=_("The smallest number stands first. Empty: behind the others."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, help_text=_("Without this mark nobody can choose it any more")
    )

    def __init__(self, *args: Any, topic: Topic | None, languages: Sequence[str], **kwargs: Any) -> None:
        """Fill in the topic (None: a new one) and add a field of synonyms for each language."""
        fields = ("team", "reportable", "needs_place", "clock", "answer_hours", "done_hours", "order", "is_active")
        known = {name: getattr(topic, name) for name in fields} if topic else {}
        super().__init__(*args, languages=languages, names=topic.names if topic else None, initial=known, **kwargs)
        titles = dict(settings.LANGUAGES)
        for code in self.languages:
            self.fields[f"words_{code}"] = forms.CharField(
                label=titles[code],
                required=False,
                max_length=500,
                initial=", ".join(topic.synonyms.get(code, [])) if topic else "",
                widget=forms.TextInput(attrs={"lang": code, "dir": "auto"}),
            )
        for field in ("answer_hours", "done_hours"):
            self.fields[field].widget.attrs |= {"step": "any", "inputmode": "decimal"}
        teams = self.fields["team"]
        assert isinstance(teams, forms.ModelChoiceField)
        teams.queryset = Team.objects.order_by("slug")

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data; add an error if the end is due before the first answer."""
        found = super().clean()
        answer, done = found.get("answer_hours"), found.get("done_hours")
        if answer is not None and done is not None and done < answer:
            self.add_error("done_hours", gettext("This is shorter than the time to the first answer."))
        return found

    def plain_fields(self) -> list[BoundField]:
        """Return the fields that exist once, not once for each language."""
        grouped = {f"{kind}_{code}" for kind in ("name", "words") for code in self.languages}
        return [self[name] for name in self.fields if name not in grouped]

    def word_fields(self) -> list[BoundField]:
        """Return the fields of synonyms, one for each language."""
        return [self[f"words_{code}"] for code in self.languages]

    def synonyms(self) -> dict[str, list[str]]:
        """Return {language code: synonyms}, each synonym once."""
        given = {code: SEPARATORS.split(self.cleaned_data.get(f"words_{code}", "")) for code in self.languages}
        tidy = {code: [word.strip() for word in words if word.strip()] for code, words in given.items()}
        return {code: list(dict.fromkeys(words)) for code, words in tidy.items() if words}

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.save_topic`."""
        left_out = tuple(f"{kind}_{code}" for kind in ("name", "words") for code in self.languages)
        plain = {name: value for name, value in self.cleaned_data.items() if name not in left_out}
        return {**plain, "names": self.names(), "synonyms": self.synonyms()}
