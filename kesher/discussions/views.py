"""Pages of discussions: one thread, and the forms about a post."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kesher.accounts.recent_verification import ProvedPerson, find_proved
from kesher.core.db.ids import is_number
from kesher.dialogues import web_form
from kesher.discussions import presenters, services
from kesher.discussions.models import Discussion, Participant, Post
from kesher.discussions.subjects import find_subject
from kesher.discussions.verbs import ASK, DELETE, EDIT, REPLY, REPORT
from kesher.verbs.page_door import VerbPage
from kesher.verbs.services import Outcome
from kesher.verbs.unavailable import not_found_page


def find_reader(request: HttpRequest, discussion: Discussion) -> Participant | None:
    """Return the place of the person whom this browser knows; None if they take no part or are unknown."""
    proved = find_proved(request)
    return services.find_participant(discussion, proved.identity.contact) if proved else None


@never_cache
@require_safe
def thread(request: HttpRequest, code: str) -> HttpResponse:
    """Show a post with its answers, to everybody or to participants only, as its subject says."""
    rows = Post.objects.with_authors().with_questions().select_related("discussion", "parent")
    post = rows.filter(code=code).first()
    if post is None:
        raise Http404
    if post.parent is not None:
        return redirect(presenters.post_url(post))
    subject, reader = find_subject(post.discussion), find_reader(request, post.discussion)
    if subject is None:
        raise Http404
    if reader is None and not subject.public:
        return redirect(subject.url)
    asked = request.GET.get("after", "")
    replies, following = presenters.list_replies(post, reader, after=int(asked) if is_number(asked) else 0)
    own = reader is not None and post.participant_id == reader.pk
    if post.state not in presenters.SHOWN and not own and not replies:
        return not_found_page(request, status=410)
    context = {"post": post, "replies": replies, "subject": subject, "reader": reader, "open": is_open(post)}
    context["asked"] = presenters.question_state(post)
    return render(request, "discussions/thread.html", context | {"next": f"?after={following}" if following else ""})


def is_open(post: Post) -> bool:
    """Return whether answers may still be written."""
    return post.discussion.closed_at is None


class PostPage(VerbPage):
    """A form about a post. Its words are shown to those only who may read them."""

    def context(self, subject: Any, form: Any, raw: Any, proved: ProvedPerson | None) -> dict[str, Any]:
        """Return the form's context; without the post for people who may not read it."""
        context = super().context(subject, form, raw, proved)
        return {**context, "subject": subject if self.may_read(subject, proved) else None}

    def may_read(self, post: Post, proved: ProvedPerson | None) -> bool:
        """Return whether a person whom this browser knows, or nobody, may read a post."""
        about = find_subject(post.discussion)
        if about is not None and about.public and post.state in presenters.SHOWN:
            return True
        if proved is None:
            return False
        reader = services.find_participant(post.discussion, proved.identity.contact)
        own = post.is_by(proved.identity.contact.family_ids())
        return own or (reader is not None and post.state in presenters.SHOWN)

    def go_on(self, request: HttpRequest, subject: Any, outcome: Outcome, form: Any) -> HttpResponse:
        """Show the thread again with what became of it, or ask for the code."""
        if outcome.asked is not None:
            return super().go_on(request, subject, outcome, form)
        messages.success(request, self.verb.receipt(outcome.result).text)
        return redirect(self.after(subject))

    def after(self, post: Post) -> str:
        """Return the URL of what is shown afterwards."""
        return presenters.post_url(post)


class EditPage(PostPage):
    """The form that changes a post, filled with its words for its author."""

    def serve(self, request: HttpRequest, subject: Any) -> HttpResponse:
        """Show the form with the post's words to its author, or do what it asks for."""
        proved = self.find_proved(request, subject)
        if request.method == "POST" or proved is None or not subject.is_by(proved.identity.contact.family_ids()):
            return super().serve(request, subject)
        form = web_form.initial_form(self.form, {"text": subject.text}, subject=subject, contact=None)
        return self.render(request, subject, form, {}, proved)


class DeletePage(PostPage):
    """The form that deletes a post; after it, the discussion is shown."""

    def after(self, post: Post) -> str:
        """Return the URL of the discussion."""
        about = find_subject(post.discussion)
        return about.url if about else "/"


ask_page = PostPage(ASK, "posts/<slug:code>/ask/")
reply_page = PostPage(REPLY, "posts/<slug:code>/reply/")
edit_page = EditPage(EDIT, "posts/<slug:code>/edit/")
delete_page = DeletePage(DELETE, "posts/<slug:code>/delete/")
report_page = PostPage(REPORT, "posts/<slug:code>/report/")
