"""Staff pages of petitions: list, one petition, its signatures, an answer, settings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_of, staff_only
from kesher.contacts.service_caller import call_from_request
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.flash_messages import tell_outcome
from kesher.initiatives.desk import PAGE, WithActions, list_odd, render_list
from kesher.participation.services import count_again
from kesher.petitions import services
from kesher.petitions.desk_tables import TRANSITION_BUTTONS, badges, column_heads, petition_rows, signature_rows
from kesher.petitions.forms import LANGUAGE_NAMES, CheckedForm, PetitionForm, ResponseForm, VoidForm, WordsForm
from kesher.petitions.models import Milestone, Petition, Signature
from kesher.petitions.moderation_presenter import list_waiting, review_context
from kesher.petitions.rules import is_held, may_edit, may_sign_for, may_write_to_signers
from kesher.petitions.services.milestones import first_promise
from kesher.petitions.states import allowed_transitions
from kesher.petitions.verbs import SIGN, WITHDRAW
from kesher.verbs.desk_door import on_behalf_view
from kesher.verbs.services import execute


def get_petition(code: str) -> Petition:
    """Return the petition with this code, or raise Http404."""
    return get_object_or_404(Petition.objects.with_page().select_related("held_by", "agency"), action__code=code[:8])


def list_rights(request: AgencyRequest) -> dict[str, bool]:
    """Return {right: whether this member of staff has it}, for the buttons of the desk's page."""
    staff = staff_of(request)
    return {"edit": may_edit(staff), "write": may_write_to_signers(staff), "sign_for": may_sign_for(staff)}


@require_GET
@staff_only("desk")
def petitions(request: AgencyRequest) -> HttpResponse:
    """Show the desk's list of petitions, with what waits first: reviews, promises and authors' news."""
    return render_list(
        request,
        Petition.objects.search(request.GET.get("q", "")).waiting_first().with_page(),
        head=column_heads(),
        cells=petition_rows,
        may=list_rights(request),
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


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def new(request: AgencyRequest) -> HttpResponse:
    """Show the form of the agency's own petition, and create it as a draft."""
    form = PetitionForm(request.POST or None, request.FILES or None, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        made = services.create_petition(**form.values(), staff=clerk(request))
        messages.success(request, _("The draft was saved. Look at it, then publish it."))
        return redirect("petitions:desk-petition", code=made.code)
    return render_edit_form(request, form)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def edit(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of a petition and save it, unless a colleague is reviewing it."""
    found = get_petition(code)
    if is_held(found, clerk(request)):
        messages.error(request, _("A colleague is reviewing this petition now."))
        return redirect("petitions:desk-petition", code=code)
    spoken = request.agency.spoken
    form = PetitionForm(
        request.POST or None, request.FILES or None, languages=spoken, initial=PetitionForm.initial_of(found)
    )
    promise = first_promise(found)
    if promise is not None and promise.state != Milestone.State.AHEAD:
        form.fix_promise()
    if request.method == "POST" and form.is_valid():
        services.edit_petition(found, staff=clerk(request), **form.values())
        messages.success(request, _("Saved."))
        return redirect("petitions:desk-petition", code=code)
    return render_edit_form(request, form, found)


def render_edit_form(request: AgencyRequest, form: PetitionForm, found: Petition | None = None) -> HttpResponse:
    """Render the petition's form, its texts grouped by what they are, each in every language."""
    context = {"form": form, "petition": found, "groups": form.groups()}
    return render(request, "petitions/desk_edit.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("moderate")
def move(request: AgencyRequest, code: str) -> HttpResponse:
    """Change a petition's state by one transition of `states.py` (``verb``), and return to its page."""
    found, transition = get_petition(code), request.POST.get("verb", "")
    with tell_outcome(request, _("Saved.")):
        if transition == "publish" and not services.hold_petition(found, staff=clerk(request)):
            raise Refused(_("A colleague is reviewing this petition now."))
        services.move(found, transition if transition in TRANSITION_BUTTONS else "", staff=clerk(request))
    return redirect("petitions:desk-petition", code=code)


@require_http_methods(["GET", "POST"])
@staff_only("broadcast")
def update(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of news for a petition's signers, a preview and how many get it, and send it."""
    found = get_petition(code)
    form = WordsForm(request.POST or None, languages=request.agency.spoken)
    step = request.POST.get("step")
    ready = request.method == "POST" and form.is_valid()
    if ready and step == "send":
        return send_update(request, found, form)
    context = {
        "petition": found,
        "form": form,
        "reach": services.reach(found),
        "preview": preview(form) if ready and step == "look" else None,
    }
    return render(request, "petitions/desk_update.html", context, status=422 if form.errors else 200)


def preview(form: WordsForm) -> list[dict[str, Any]]:
    """Return the news of the form as it will be sent, a dict for each language."""
    return [{"lang": lang, "name": LANGUAGE_NAMES[lang], "text": text} for lang, text in form.texts("text").items()]


def send_update(request: AgencyRequest, found: Petition, form: WordsForm) -> HttpResponse:
    """Publish the news on the petition's page and send it to the signers, and return to the desk's page."""
    with tell_outcome(request, _("The update is on the page, and on its way to the signers who agreed to get news.")):
        services.publish_update(found, form.texts("text"), staff=clerk(request))
    return redirect("petitions:desk-petition", code=found.code)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def respond(request: AgencyRequest, code: str) -> HttpResponse:
    """Show the form of the body's answer to a petition, and publish or correct the answer."""
    found = get_petition(code)
    start = {f"text_{lang}": text for lang, text in found.responses.items()}
    sent = services.is_answer_sent(found)
    form = ResponseForm(request.POST or None, languages=request.agency.spoken, initial=start, sent=sent)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, _("The answer is on the page."), form=form):
            tell = form.cleaned_data["tell"]
            services.publish_response(found, form.texts("text"), staff=clerk(request), tell=tell)
            return redirect("petitions:desk-petition", code=code)
    context = {"petition": found, "form": form, "reach": services.reach(found)}
    return render(request, "petitions/desk_response.html", context, status=422 if form.errors else 200)


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
    following = f"?{urlencode({**here, 'before': rows[PAGE - 1].pk})}" if len(rows) > PAGE else ""
    context = {"petition": found, "signatures": rows[:PAGE], "next": following, "q": words, "may": list_rights(request)}
    return render(request, "petitions/desk_signatures.html", context)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def void(request: AgencyRequest, code: str, receipt: str) -> HttpResponse:
    """Show the form of a reason, and void one signature, so that it no longer counts."""
    found = get_petition(code)
    signature = get_object_or_404(Signature.objects.of(found).select_related("contact"), receipt=receipt)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = services.void_signature(signature, staff=clerk(request), reason=form.cleaned_data["note"])
        messages.success(
            request, _("The signature no longer counts.") if done else _("It had stopped counting already.")
        )
        return redirect("petitions:desk-signatures", code=code)
    context = {"petition": found, "signature": signature, "form": form}
    return render(request, "petitions/desk_void.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_only("moderate")
def count_again_view(request: AgencyRequest, code: str, receipt: str) -> HttpResponse:
    """Show the form of a reason, and count a void signature again."""
    found = get_petition(code)
    signature = get_object_or_404(Signature.objects.of(found).select_related("contact", "action"), receipt=receipt)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, form=form):
            done = count_again(signature, staff=clerk(request), reason=form.cleaned_data["note"])
            messages.success(
                request, _("The signature counts again.") if done else _("This person has signed anew since.")
            )
            return redirect("petitions:desk-signatures", code=code)
    context = {"petition": found, "signature": signature, "form": form, "again": True}
    return render(request, "petitions/desk_void.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_only("log_call")
def withdraw_for(request: AgencyRequest, code: str, receipt: str) -> HttpResponse:
    """Withdraw a signature for its person on the phone or at the counter, and write to them.

    This is no voiding: the signature was genuine.
    """
    found = get_petition(code)
    signature = get_object_or_404(Signature.objects.of(found).select_related("contact"), receipt=receipt)
    form = CheckedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        call = call_from_request(request, door="desk", staff=clerk(request), contact=signature.contact)
        if execute(WITHDRAW, found, call, {"receipt": receipt}).done:
            messages.success(request, _("The signature was taken back, and its person is told."))
            return redirect("petitions:desk-signatures", code=code)
        form.add_error(None, _("This signature does not count now, so there is nothing to take back."))
    context = {"petition": found, "signature": signature, "form": form}
    return render(request, "petitions/desk_withdraw.html", context, status=422 if form.errors else 200)


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
