"""Staff page where topics of answers are named, ordered, merged and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, has_right, staff_of, staff_only
from kesher.answers import services
from kesher.answers.desk import desk_tabs, form_status, parse_number, require_moderator
from kesher.answers.forms import MergeForm, TopicForm
from kesher.answers.models import AnswerTopic
from kesher.answers.topic_icons import PICTURES
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome


@staff_only("desk")
def topics(request: AgencyRequest) -> HttpResponse:
    """Show the editors' list of topics with a form for a new topic or for ``?code=``, and handle its buttons."""
    row = get_chosen_topic(request)
    form = TopicForm(request.POST or None, known=row, initial=TopicForm.initial_values(row))
    merge = MergeForm(request.POST if "into" in request.POST else None, gone=row) if row else None
    if request.method == "POST":
        require_moderator(request)
        button = next((name for name in SUBMIT_HANDLERS if name in request.POST), "save")
        if SUBMIT_HANDLERS[button](request, row, form, merge):
            return redirect("answers:desk_topics")
    context: dict[str, Any] = {
        "form": form,
        "row": row,
        "merge": merge,
        "rows": topics_with_counts(),
        "tabs": desk_tabs(request),
    }
    context |= {"pictures": PICTURES.items(), "may_change": has_right(staff_of(request), "moderate")}
    return render(request, "answers/desk_topics.html", context, status=form_status(form))


def get_chosen_topic(request: AgencyRequest) -> AnswerTopic | None:
    """Return the topic whose code the request names, or None. Raise Http404 if it does not exist."""
    number = request.POST.get("id", "")
    if number:
        return get_object_or_404(topics_with_counts(), pk=parse_number(number) or 0)
    return topics_with_counts().filter(code=request.GET.get("code", "")).first() if request.method != "POST" else None


def topics_with_counts() -> QuerySet[AnswerTopic]:
    """Return a queryset of topics, each with its numbers of answers and checkers."""
    held = {"held": Count("answers", distinct=True), "checks": Count("checkers", distinct=True)}
    return AnswerTopic.objects.annotate(**held).order_by("order", "id")


SubmitHandler = Callable[[AgencyRequest, AnswerTopic | None, TopicForm, MergeForm | None], bool]


def save_topic(request: AgencyRequest, row: AnswerTopic | None, form: TopicForm, merge: MergeForm | None) -> bool:
    """Create or change the topic from the form. Return False if it was refused, with the reason in the form."""
    if not form.is_valid():
        return False
    try:
        if row:
            services.change_topic(row, form.topic_data(), by=clerk(request))
        else:
            services.add_topic(form.cleaned_data["code"], form.topic_data(), by=clerk(request))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("Saved."))
    return True


def merge_topics(request: AgencyRequest, row: AnswerTopic | None, form: TopicForm, merge: MergeForm | None) -> bool:
    """Merge topic ``row`` into the one chosen in ``merge``, and tell the clerk; return True (redirect to the list)."""
    if row is None or merge is None or not merge.is_valid():
        messages.error(request, _("Please choose another topic."))
        return True
    moved = services.merge_topic(row, merge.cleaned_data["into"], by=clerk(request))
    messages.success(request, _("Merged. Answers that moved: %(count)d.") % {"count": moved})
    return True


def drop_topic(request: AgencyRequest, row: AnswerTopic | None, form: TopicForm, merge: MergeForm | None) -> bool:
    """Delete the topic unless it has answers or checkers, show a message, and return True: redirect to the list."""
    if row:
        with tell_outcome(request, _("Removed.")):
            services.drop_topic(row, by=clerk(request))
    return True


SUBMIT_HANDLERS: dict[str, SubmitHandler] = {"merge": merge_topics, "drop": drop_topic, "save": save_topic}
