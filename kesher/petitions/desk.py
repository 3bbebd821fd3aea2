"""Staff pages of petitions: list, one petition, its signatures, an answer, settings."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.contacts.service_caller import call_from_request
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.initiatives.desk import PAGE, WithActions, answer_form, desk_form, list_odd, list_rights, render_list
from kesher.initiatives.forms import LANGUAGE_NAMES
from kesher.participation.services import count_again
from kesher.petitions import services
from kesher.petitions.desk_tables import TRANSITION_BUTTONS, badges, column_heads, petition_rows, signature_rows
from kesher.petitions.forms.signatures import CheckedForm, CountedWordsForm, PetitionForm, ResponseForm, VoidForm
from kesher.petitions.models import Milestone, Petition, Signature
from kesher.petitions.moderation_presenter import list_waiting, review_context
from kesher.petitions.rules import is_held
from kesher.petitions.services.milestones import first_promise
from kesher.petitions.states import allowed_transitions
from kesher.petitions.verbs import SIGN, WITHDRAW
from kesher.verbs.desk_door import on_behalf_view
from kesher.verbs.services import execute


def get_petition(code: str) -> Petition:
    """Return the petition with this code, or raise Http404."""
    return get_object_or_404(Petition.objects.with_page().select_related("held_by", "agency"), action__code=code[:8])


@require_GET
@staff_only("desk")
def petitions(request: AgencyRequest) -> HttpResponse:
    """Show the desk's list of petitions, with what waits first: reviews, promises and authors' news."""
    return render_list(
        request,
        Petition.objects.search(request.GET.get("q", "")).waiting_first().with_page(),
        head=column_heads(),
        cells=petition_rows,
        more=lambda: {**list_waiting(), "odd": list_odd(find_petitions)},
    )


def find_petitions(actions: Collection[int]) -> WithActions:
    """Yield the petitions of these actions, each with its action."""
    return ((row, [row.action_id]) for row in Petition.objects.filter(action__in=actions).with_page())


@require_GET
@staff_only("desk")
def petition(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the desk's page of one petition: where it stands, how many signed, what may be done now."""
    return petition_page(request, get_petition(code))


def petition_page(request: AgencyRequest, found: Petition, *, status: int = 200, **tried: Any) -> HttpResponse:
    """Render the desk's page of a petition; ``tried`` are forms with errors.

    ``tried``: a form of `review_of` that was refused, as it came, and the transition that it asked for.
    """
    signatures = signature_rows(found, limit=10)
    services.note_look(found, staff=clerk(request), shown=len(signatures))
    context = {
        "petition": found,
        "badges": badges(found),
        "steps": [
            (name, *TRANSITION_BUTTONS[name]) for name in allowed_transitions(found) if name in TRANSITION_BUTTONS
        ],
        "may": list_rights(request),
        "signatures": signatures,
        "live_streams": [found.action.stream],
        **review_context(found, clerk(request)),
        **tried,
    }
    return render(request, "petitions/desk_petition.html", context, status=status)


@desk_form(
    None,
    PetitionForm,
    _("New petition"),
    more=lambda _none: {"back": (reverse("petitions:desk"), _("All petitions"))},
    done=_("The draft was saved. Look at it, then publish it."),
)
def new(request: AgencyRequest, _none: None, form: PetitionForm) -> Petition:
    """Create the agency's own petition as a draft."""
    return services.create_petition(**form.values(), staff=clerk(request))


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def edit(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of a petition and save it, unless a colleague is reviewing it."""
    found = get_petition(code)
    if is_held(found, clerk(request)):
        messages.error(request, _("A colleague is reviewing this petition now."))
        return redirect(found.desk_path)
    start, spoken = PetitionForm.initial_of(found), request.agency.spoken
    form = PetitionForm(request.POST or None, request.FILES or None, languages=spoken, initial=start)
    promise = first_promise(found)
    if promise is not None and promise.state != Milestone.State.AHEAD:
        form.fix_promise()
    return answer_form(
        request,
        form,
        lambda: services.edit_petition(found, staff=clerk(request), **form.values()),
        found=found,
        done=_("Saved."),
        title=_("Edit the petition"),
    )


@require_POST
@staff_only("moderate")
def move(request: AgencyRequest, code: str) -> HttpResponse:
    """Change a petition's state by one transition of `states.py` (``verb``), and return to its page."""
    found, transition = get_petition(code), request.POST.get("verb", "")
    with tell_outcome(request, _now("Saved.")):
        if transition == "publish" and not services.hold_petition(found, staff=clerk(request)):
            raise Refused(_now("A colleague is reviewing this petition now."))
        services.move(found, transition if transition in TRANSITION_BUTTONS else "", staff=clerk(request))
    return redirect("petitions:desk-petition", code=code)


@require_http_methods(["GET", "POST"])
@staff_only("broadcast")
def update(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of news for a petition's signers, a preview and how many get it, and send it."""
    found, step = get_petition(code), request.POST.get("step")
    form = CountedWordsForm(request.POST or None, languages=request.agency.spoken)
    texts = form.texts("text") if step == "look" and form.is_valid() else {}
    return answer_form(
        request,
        form,
        lambda: services.publish_update(found, form.texts("text"), staff=clerk(request)),
        found=found,
        done=_("The update is on the page, and on its way to the signers who agreed to get news."),
        saving=step == "send",
        template="petitions/desk_update.html",
        title=_("Update to all signers"),
        reach=services.reach(found),
        preview=[{"lang": lang, "name": LANGUAGE_NAMES[lang], "text": text} for lang, text in texts.items()],
    )


@desk_form(
    get_petition,
    ResponseForm,
    _("Publish an answer"),
    done=_("The answer is on the page."),
    given=lambda found: {
        "initial": {f"text_{lang}": text for lang, text in found.responses.items()},
        "sent": services.is_answer_sent(found),
    },
    more=lambda found: {"reach": services.reach(found)},
    template="petitions/desk_response.html",
)
def respond(request: AgencyRequest, found: Petition, form: ResponseForm) -> None:
    """Publish or correct the body's answer to a petition."""
    tell = form.cleaned_data["tell"]
    services.publish_response(found, form.texts("text"), staff=clerk(request), tell=tell)


@require_GET
@staff_only("desk")
def signatures(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the desk who signed a petition, newest first, a page at a time, or by receipt or address."""
    found = get_petition(code)
    before, words = request.GET.get("before", ""), request.GET.get("q", "")[:120]
    last = int(before) if is_number(before) else None
    rows = signature_rows(found, limit=PAGE + 1, before=last, words=words)
    services.note_look(found, staff=clerk(request), shown=len(rows[:PAGE]))
    here = {"q": words} if words else {}
    following = f"?{urlencode({**here, 'before': rows[PAGE - 1]['pk']})}" if len(rows) > PAGE else ""
    context = {"petition": found, "signatures": rows[:PAGE], "next": following, "q": words, "may": list_rights(request)}
    return render(request, "petitions/desk_signatures.html", context)


def get_signature(code: str, receipt: str) -> Signature:
    """Return the signature with this receipt under the petition with this code, or raise Http404."""
    rows = Signature.objects.of(get_petition(code)).select_related("contact", "action__petition__action")
    return get_object_or_404(rows, receipt=receipt)


def signature_context(signature: Signature) -> dict[str, Any]:
    """Return the context of a form about a signature: whose it is, and the way back to the signatures."""
    about = {"receipt": signature.receipt, "name": signature.name or signature.contact.name}
    return {
        "about": about,
        "back": (reverse("petitions:desk-signatures", args=[signature.action.code]), _("Signatures")),
    }


signature_form = partial(desk_form, get_signature, of=attrgetter("action.petition"), more=signature_context)


@signature_form(
    VoidForm,
    _("Void a signature"),
    lead=_(
        "The signature %(receipt)s (%(name)s) will not count any more. The reason is kept; the public does not see it."
    ),
    done=lambda ok: _("The signature no longer counts.") if ok else _("It had stopped counting already."),
    button=_("Void it"),
    icon="",
    kind="danger",
)
def void(request: AgencyRequest, signature: Signature, form: VoidForm) -> bool:
    """Void one signature for a reason, so that it no longer counts."""
    return services.void_signature(signature, staff=clerk(request), reason=form.cleaned_data["note"])


@signature_form(
    VoidForm,
    _("Count a signature again"),
    lead=_(
        "The signature %(receipt)s (%(name)s), which is void, will count again. The reason is kept; the public does "
        "not see it."
    ),
    done=lambda ok: _("The signature counts again.") if ok else _("This person has signed anew since."),
    button=_("Count it again"),
    icon="undo",
)
def count_again_view(request: AgencyRequest, signature: Signature, form: VoidForm) -> bool:
    """Count a void signature again, for a reason."""
    return count_again(signature, staff=clerk(request), reason=form.cleaned_data["note"])


@signature_form(
    CheckedForm,
    _("Take a signature back"),
    right="log_call",
    lead=_(
        "The signature %(receipt)s (%(name)s) will not count any more, because its person asked for it. The person "
        "may sign again."
    ),
    done=_("The signature was taken back, and its person is told."),
    button=_("Take it back"),
    icon="undo",
)
def withdraw_for(request: AgencyRequest, signature: Signature, form: CheckedForm) -> None:
    """Withdraw a signature for its person on the phone or at the counter, and write to them.

    This is no voiding: the signature was genuine.
    """
    call = call_from_request(request, door="desk", staff=clerk(request), contact=signature.contact)
    if not execute(WITHDRAW, signature.action.petition, call, {"receipt": signature.receipt}).done:
        raise Refused(_now("This signature does not count now, so there is nothing to take back."))


def describe_signature(signed: services.Signed) -> str:
    """Return what the clerk should say to a person whose signature counts."""
    words = (
        _("Signed. Receipt: %(receipt)s.") if signed.new else _("This person had signed already. Receipt: %(receipt)s.")
    )
    return words % {"receipt": signed.signature.receipt}


sign_for = on_behalf_view(
    SIGN,
    after="petitions:desk-petition",
    find=get_petition,
    describe=describe_signature,
    template="petitions/desk_sign_for.html",
)
