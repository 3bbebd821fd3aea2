"""The desk's pages of discussions: the moderators' queue, one thread, and the list of watched words."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies.rules import clerk, has_right, staff_only
from kesher.core.ui.flash_messages import tell_outcome
from kesher.discussions import presenters, services
from kesher.discussions.forms import DecisionForm, OfficialForm, RemovalForm, WatchedWordsForm
from kesher.discussions.models import Participant, Post, WatchedWordList
from kesher.discussions.subjects import find_subject


@require_safe
@staff_only("moderate")
def queue(request: HttpRequest) -> HttpResponse:
    """Show the posts that a moderator has to look at, each with what can be done."""
    entries = [(entry, DecisionForm(post=entry.post)) for entry in presenters.list_queue()]
    context = {"entries": entries, "total": presenters.count_queue(), "decided": presenters.moderation_numbers()}
    return render(request, "discussions/desk_queue.html", context)


@require_safe
@staff_only("reply")
def questions(request: HttpRequest) -> HttpResponse:
    """Show the questions to the body that nobody has answered, the most urgent first."""
    return render(request, "discussions/desk_questions.html", {"questions": presenters.list_questions()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("reply")
def thread(request: HttpRequest, code: str) -> HttpResponse:
    """Show a thread with everything in it and, to moderators, what was decided; answer in it for the body."""
    rows = Post.objects.with_authors().select_related("discussion", "parent", "case", "participant__identity__contact")
    post = get_object_or_404(rows, code=code)
    if post.parent is not None:
        return redirect(f"{thread_url(post)}#p{post.code}")
    form = OfficialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("Your answer can be read now."), form):
            services.answer_officially(post.discussion, form.cleaned_data["text"], staff=clerk(request), parent=post)
            return redirect("discussions:desk_thread", code=code)
    replies = Post.objects.filter(parent=post).with_authors().prefetch_related("decisions__staff", "reports")
    moderates = has_right(clerk(request), "moderate")
    entries = [(one, DecisionForm(post=one) if moderates else None) for one in [post, *replies.order_by("id")]]
    context = {"post": post, "entries": entries, "subject": find_subject(post.discussion), "form": form}
    context |= {"moderates": moderates, "conversation": presenters.conversation_url(post) if post.case else ""}
    return render(request, "discussions/desk_thread.html", context, status=422 if form.errors else 200)


def thread_url(post: Post) -> str:
    """Return the URL of the desk's page of a post's thread."""
    return reverse("discussions:desk_thread", args=[(post.parent or post).code])


@require_POST
@staff_only("moderate")
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Do with a post what the moderator chose, and return to where they were."""
    post = get_object_or_404(Post.objects.select_related("parent"), code=code)
    form = DecisionForm(request.POST, post=post)
    if form.is_valid():
        with tell_outcome(request, _("Done.")):
            services.decide(post, staff=clerk(request), **form.cleaned_data)
    else:
        messages.error(request, _("Please choose what to do with the post."))
    return redirect(thread_url(post) if "thread" in request.POST else "discussions:queue")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("moderate")
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Remove a participant from a discussion with a reason, or let them take part again."""
    place = get_object_or_404(Participant.objects.select_related("discussion", "identity__contact"), code=code)
    form = RemovalForm(request.POST or None)
    back = request.path
    if request.method == "POST" and "readmit" in request.POST:
        with tell_outcome(request, _("They can take part again.")):
            services.readmit(place, staff=clerk(request))
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("They are removed."), form):
            services.remove_participant(place, form.cleaned_data["reason"], staff=clerk(request))
            return redirect(back)
    context = {"place": place, "form": form, "subject": find_subject(place.discussion)}
    return render(request, "discussions/desk_remove.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("moderate")
def watched_words(request: HttpRequest) -> HttpResponse:
    """Change the body's list of slurs and threats."""
    row = WatchedWordList.objects.first()
    form = WatchedWordsForm(request.POST or None, initial={"words": row.words if row else ""})
    if request.method == "POST" and form.is_valid():
        services.save_watched_words(form.cleaned_data["words"], staff=clerk(request))
        messages.success(request, _("Saved."))
        return redirect("discussions:watched_words")
    return render(request, "discussions/desk_words.html", {"form": form}, status=422 if form.errors else 200)
