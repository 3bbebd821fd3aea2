"""The desk's list of initiatives, and what looks odd among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import has_right, staff_of, staff_only
from kesher.contacts.addresses import format_address
from kesher.conversations.channel_links import channel_title
from kesher.core.errors import Refused
from kesher.core.ui.list_search import paginate_rows
from kesher.initiatives.forms import TextsForm
from kesher.initiatives.models import Initiative
from kesher.participation.assurance_labels import level_title
from kesher.participation.fraud_desk import Watched
from kesher.participation.models import Action, Participation
from kesher.participation.services import count_alerts_by_action

PAGE = 50
# What pages of the desk offer, and the right that staff need for it.
RIGHTS = {
    "edit": "moderate",
    "review": "move",
    "write": "broadcast",
    "join_for": "log_call",
    "hand_out": "desk",
    "export": "moderate",
}
type WithActions = Iterable[tuple[Initiative, Iterable[int]]]


def list_rights(request: AgencyRequest) -> dict[str, bool]:
    """Return whether the signed-in member of staff has the right to each thing that pages of the desk offer."""
    staff = staff_of(request)
    return {name: has_right(staff, right) for name, right in RIGHTS.items()}


def render_list(
    request: AgencyRequest,
    rows: Any,
    *,
    head: Sequence[Any],
    cells: Callable[[list[Any]], list[list[Any]]],
    more: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Render the desk's list of these rows, a page at a time.

    ``head`` and ``cells`` are titles and rows for components/table.html; ``more`` is the context of the first page.
    """
    found, links = paginate_rows(rows, request.GET, PAGE)
    first = not links["q"] and not links["previous"]
    context = {"rows": cells(found), "head": head, "may": list_rights(request), **links, **(more() if first else {})}
    return render(request, f"{rows.model._meta.app_label}/desk_list.html", context)


def answer_form(
    request: AgencyRequest,
    form: BaseForm,
    execute: Callable[[], Any],
    *,
    found: Initiative | None = None,
    back: tuple[str, Any] | None = None,
    to: str = "",
    done: Any = "",
    saving: bool = True,
    template: str = "initiatives/desk_form.html",
    **context: Any,
) -> HttpResponse:
    """Render a form of the desk, or ``execute`` what was posted and go on; what is refused is an error of the form.

    It goes on to ``back`` (URL, title), which is also the link above the form, else to the page of ``found``; for a new
    initiative, to the page of what ``execute`` returns. ``to``: the name of a URL of ``found`` to go on to instead.
    ``done``: what the next page says, also as a function of what ``execute`` returns. ``saving``: whether a valid form
    is saved, or only shown again. ``context``: title, lead with the values ``about``, button, icon, kind; see the
    template.
    """
    if back is None:
        assert found is not None
        back = (found.desk_path, found.title)
    if request.method == "POST" and form.is_valid() and saving:
        try:
            made = execute()
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            if done:
                messages.success(request, done(made) if callable(done) else done)
            if to and found is not None:
                return redirect(to, code=found.code)
            return redirect(back[0] if found is not None else made.desk_path)
    context = {"initiative": found, "form": form, "back": back, "button": _("Save"), "icon": "check", **context}
    if about := context.get("about"):
        context["lead"] = context["lead"] % about
    return render(request, template, context, status=422 if form.errors else 200)


def desk_form(
    find: Callable[..., Any] | None,
    form: type[BaseForm],
    title: Any = "",
    *,
    right: str = "moderate",
    of: Callable[[Any], Initiative | None] = lambda found: found,
    given: Callable[[Any], dict[str, Any]] = lambda _found: {},
    more: Callable[[Any], dict[str, Any]] = lambda _found: {},
    **context: Any,
) -> Callable[[Callable[[AgencyRequest, Any, Any], Any]], Callable[..., HttpResponse]]:
    """Return a decorator that makes a staff view of ``execute(request, found, form)``, which saves a valid form.

    ``find`` returns what the URL names: an initiative, or a row ``of`` one; None for a new one. ``given`` and ``more``
    return arguments of the form and the context of the template for it. The rest is as in `answer_form`.
    """

    def decorate(execute: Callable[[AgencyRequest, Any, Any], Any]) -> Callable[..., HttpResponse]:
        """Return the view that shows the form, and calls ``execute``."""

        @require_http_methods(["GET", "POST"])
        @staff_only(right)
        @wraps(execute)
        def view(request: AgencyRequest, **place: Any) -> HttpResponse:
            """Show or save the form of what the URL names."""
            found = find(**place) if find is not None else None
            spoken: dict[str, Any] = {"languages": request.agency.spoken} if issubclass(form, TextsForm) else {}
            bound = form(
                request.POST if request.method == "POST" else None, request.FILES or None, **spoken, **given(found)
            )
            shown = {"title": title, **context, **more(found)}
            return answer_form(request, bound, lambda: execute(request, found, bound), found=of(found), **shown)

        return view

    return decorate


def list_odd(find: Callable[[Collection[int]], WithActions]) -> list[dict[str, Any]]:
    """Return the initiatives with open fraud alerts, for participation/odd.html. One query where there are none.

    ``find`` returns those that have one of these actions, with their actions.
    """
    counts = count_alerts_by_action()
    return [
        {"title": row.title, "url": row.desk_path, "count": sum(counts.get(action, 0) for action in actions)}
        for row, actions in (find(counts) if counts else ())
    ]


def describe_watched(
    found: Initiative, action: Action, *place: object, part: str = "", areas: Sequence[tuple[str, str]] = ()
) -> Watched:
    """Return what the fraud desk watches: one action of an initiative; ``place`` follows its code in the URL."""
    return Watched(
        action,
        found.title,
        page=reverse(f"{found._meta.app_label}:desk-watch", args=[found.code, *place]),
        back=found.desk_path,
        part=part,
        areas=areas,
        channel=channel_title,
        level=level_title,
    )


def person_name(row: Participation) -> str:
    """Return the name of a participant that staff see: the given one, the contact's, or "Unnamed person"."""
    return row.name or row.contact.name or _("Unnamed person")


def person_address(row: Participation) -> str:
    """Return the phone or e-mail address from which a person takes part; "" where it was erased."""
    return format_address(row.identity.scheme, row.identity.address) if row.identity else ""


def person_cells(row: Participation) -> dict[str, Any]:
    """Return who takes part, from where and by which receipt, for a row of the desk's table of participants."""
    return {
        "name": person_name(row),
        "key": row.contact.key,
        "receipt": row.receipt,
        "address": person_address(row),
        "level": row.level,
    }
