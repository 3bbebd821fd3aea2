"""Citizens' pages for signing in, proving more, managing their addresses, and signing out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.accounts import oidc_views, services
from kesher.accounts.code_channels import PHONE, list_code_channels
from kesher.accounts.decorators import next_of, signed_in, with_next
from kesher.accounts.forms import AddressForm, CodeForm, OtherAddressForm, WayForm
from kesher.accounts.models import NationalLogin, SignIn
from kesher.accounts.pending_code import Waiting, delete_waiting_cookie, of_identity, set_waiting_cookie, waiting_for
from kesher.accounts.presenters import my_page, proof_ways, tabs, ways_in
from kesher.accounts.rules import may_link
from kesher.accounts.services.sign_in import NewSignIn, web_actor
from kesher.accounts.services.sign_in_codes import LINK, SECOND, SIGN_IN
from kesher.accounts.session_cookie import delete_token_cookie, level_of, set_token_cookie, sign_in_of
from kesher.contacts.addresses import mask_address
from kesher.contacts.services import MessageLimitReached, WrongCode, find_identity
from kesher.conversations.form_handover import offer_ways
from kesher.core.contact_address import Address
from kesher.core.db.ids import is_number, token
from kesher.core.errors import Refused
from kesher.core.http.client_ip import allow_from
from kesher.core.http.safe_paths import safe_path
from kesher.core.http.user_agent import describe_device

# Limits for one IP address, which may be a family, a library, a school or a robot.
ASKS, TRIES, TEN_MINUTES = 20, 40, 600
TYPED = (PHONE, "mailto")  # schemes of addresses that people type


def refuse_over_limit(request: HttpRequest, what: str, limit: int) -> None:
    """Count one try of `what` from this IP address; raise Refused if there are more than `limit`."""
    if not allow_from(request, f"me-{what}", limit, TEN_MINUTES):
        raise Refused(_("That was a lot of tries. Please wait ten minutes."), code="rate")


def lang() -> str:
    """Return the code of the current language."""
    return (get_language() or "he")[:2]


def device_of(request: HttpRequest) -> str:
    """Return the name of the browser and system that make the request."""
    return describe_device(request.headers.get("user-agent", ""))


def redirect_signed_in(request: HttpRequest, after: str, entered: NewSignIn | None) -> HttpResponse:
    """Redirect a person who just signed in to ``after``; a held number first goes to the second proof."""
    held = entered is not None and entered.sign_in.held
    to = with_next("accounts:second", after) if held else after or reverse("accounts:me")
    return delete_waiting_cookie(set_token_cookie(redirect(to), entered))


def answer(request: HttpRequest, name: str, form: forms.Form | None, **context: Any) -> HttpResponse:
    """Render the named sign-in page with its form, with HTTP status 422 if the form has errors."""
    status = 422 if form is not None and form.errors else 200
    return render(request, f"accounts/{name}.html", {"form": form, "next": next_of(request), **context}, status=status)


@signed_in()
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Show a citizen's own page: their sections, proof level, addresses and sign-ins."""
    sign_in = sign_in_of(request)
    assert sign_in is not None
    page = my_page(sign_in, timezone.now(), whole=request.GET.get("all", ""))
    return render(request, "accounts/me.html", {**page, "tabs": tabs(request.path)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways to sign in, and send a code to the entered address, whether it is known or not."""
    after = next_of(request)
    if request.method != "POST" and level_of(request):
        return redirect(after or "accounts:me")
    form = AddressForm(request.POST or None, channels=list_code_channels())
    if request.method == "POST" and form.is_valid():
        try:
            return send_code_and_redirect(request, form.cleaned_data["address"], form.cleaned_data.get("by", ""), after)
        except MessageLimitReached as why:
            return offer_ways(request, why, "accounts.my_page", {})
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return answer(request, "sign_in", form, level=request.GET.get("level"), **ways_in(after))


def send_code_and_redirect(request: HttpRequest, address: Address, by: str, after: str) -> HttpResponse:
    """Send a sign-in code, and redirect to the page where it is typed. Raise Refused."""
    browser = token()
    identity = services.send_sign_in_code(address, browser=browser, lang=lang(), by=by)
    return set_waiting_cookie(redirect("accounts:code"), of_identity(identity, SIGN_IN, browser, after, by))


@require_POST
@never_cache
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new code to the same address, perhaps by another channel; the older ones become invalid."""
    waiting = waiting_for(request, SIGN_IN)
    if waiting is None or waiting.scheme not in TYPED:
        return redirect("accounts:prove" if level_of(request) else "accounts:sign_in")
    by = request.POST.get("by", "")
    offered = {channel.channel for channel in list_code_channels()}
    try:
        answer = send_code_and_redirect(request, waiting.target, by if by in offered else "", safe_path(waiting.after))
    except MessageLimitReached as why:
        return offer_ways(request, why, "accounts.my_page", {})
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("accounts:code")
    messages.success(request, _("A new code is on its way. The previous one no longer works."))
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Show the form for the sign-in code, and sign the person in if it is right."""
    waiting = waiting_for(request, SIGN_IN)
    if waiting is None:
        return redirect("accounts:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refuse_over_limit(request, f"code-{waiting.hint}", TRIES)
            identity = find_identity(waiting.target)
            if identity is None:
                raise WrongCode
            entered = services.enter_by_code(
                identity,
                form.cleaned_data["code"],
                browser=waiting.browser,
                device=device_of(request),
                before=sign_in_of(request),
            )
        except Refused as refusal:
            form.add_error("code", refusal.exact)
        else:
            return redirect_signed_in(request, safe_path(waiting.after), entered)
    mine = level_of(request) > 0
    again = with_next("accounts:prove" if mine else "accounts:sign_in", waiting.after)
    ways = list_code_channels() if waiting.scheme == PHONE and not mine else []
    context = {"code_channels": ways, "by": next((way for way in ways[1:] if way.channel == waiting.by), None)}
    return answer(request, "code", form, waiting=waiting, again=again, **context)


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Let a signed-in citizen raise their proof level, by a code, a passkey or app, or the national login."""
    mine, after = sign_in_of(request), next_of(request)
    assert mine is not None
    level = 3 if request.GET.get("level") == "3" else 2
    if level_of(request) >= level and request.method != "POST":
        return redirect(after or "accounts:me")
    found = proof_ways(mine.contact.root())
    form = WayForm(request.POST or None, ways=[(way.key, way.title) for way in found])
    if request.method == "POST" and form.is_valid():
        way = next(way for way in found if way.key == form.cleaned_data["way"])
        browser = token()
        try:
            services.send_code_to_known(way.identity, browser=browser, lang=lang(), route=way.route)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return set_waiting_cookie(redirect("accounts:code"), of_identity(way.identity, SIGN_IN, browser, after))
    more = {"app": services.keyrings_of(mine.contact)} if level < 3 else {}
    return answer(request, "prove", form, level=level, ways=found, logins=ways_in(after)["logins"], **more)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Ask "Is this you?" for a sign-in link, and sign in after a yes, since links are opened by scanners too."""
    found, mine = services.read_link(key), sign_in_of(request)
    if found is None:
        return render(request, "accounts/enter.html", {"gone": True}, status=404)
    identity, secret = found
    other = bool(mine and level_of(request) and mine.contact.root().pk != identity.contact.root().pk)
    context: dict[str, Any] = {
        "identity": identity,
        "hint": mask_address(identity.scheme, identity.address),
        "other": other,
    }
    context["may_link"] = other and may_link(mine, timezone.now())
    if request.method == "POST":
        try:
            refuse_over_limit(request, "code", TRIES)
            if "link" in request.POST and mine is not None and context["may_link"]:
                services.link_by_link(mine, identity, secret)
                messages.success(request, _("Linked. From now on it is one conversation, wherever you write from."))
                return redirect("accounts:me")
            entered = services.enter_by_link(identity, secret, device=device_of(request), before=mine)
            return redirect_signed_in(request, next_of(request), entered)
        except Refused as refusal:
            return render(request, "accounts/enter.html", {"gone": True, "why": refusal.message}, status=422)
    return render(request, "accounts/enter.html", context)


def find_held_sign_in(request: HttpRequest) -> SignIn | None:
    """Return this browser's sign-in if its phone number may have a new owner, or None."""
    found = sign_in_of(request)
    return found if found is not None and found.held else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask for another address of the number's old owner and send a code there; a new owner can begin anew."""
    mine = find_held_sign_in(request)
    if mine is None:
        return redirect("accounts:me")
    form = OtherAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        services.ask_for_second_code(mine, address, lang=lang())
        waiting = Waiting(SECOND, address.scheme, address.address, "", next_of(request))
        return set_waiting_cookie(redirect("accounts:second_code"), waiting)
    number = mask_address(mine.identity.scheme, mine.identity.address)
    return answer(request, "second", form, number=number, logins=ways_in(next_of(request))["logins"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_code(request: HttpRequest) -> HttpResponse:
    """Check the code that was sent to the old owner's other address, and sign them in fully."""
    mine, waiting = find_held_sign_in(request), waiting_for(request, SECOND)
    if mine is None or waiting is None:
        return redirect("accounts:second" if mine else "accounts:me")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refuse_over_limit(request, "code", TRIES)
            entered = services.confirm_second(mine, waiting.target, form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            return redirect_signed_in(request, safe_path(waiting.after), entered)
    return answer(request, "code", form, waiting=waiting, again=reverse("accounts:second"), unsure=True)


@require_POST
def begin_anew(request: HttpRequest) -> HttpResponse:
    """Sign the number's new owner in as a new person, who sees nothing of the old owner's."""
    mine = find_held_sign_in(request)
    if mine is None:
        return redirect("accounts:me")
    entered = services.begin_anew(mine)
    messages.success(request, _("Welcome. This number is yours now, and nothing of its former owner is shown."))
    return redirect_signed_in(request, "", entered)


@signed_in(2)
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest) -> HttpResponse:
    """Ask for another address, and send it the code that links it to this person."""
    mine = sign_in_of(request)
    assert mine is not None
    form = OtherAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            identity = services.send_link_code(mine, form.cleaned_data["address"], lang=lang())
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return set_waiting_cookie(redirect("accounts:address_code"), of_identity(identity, LINK, "", ""))
    return answer(request, "address", form)


@signed_in(2)
@require_http_methods(["GET", "HEAD", "POST"])
def address_code(request: HttpRequest) -> HttpResponse:
    """Check the code that was sent to another address, and link the address to this person."""
    mine, waiting = sign_in_of(request), waiting_for(request, LINK)
    assert mine is not None
    identity = find_identity(waiting.target) if waiting else None
    if waiting is None or identity is None:
        return redirect("accounts:address")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            refuse_over_limit(request, "code", TRIES)
            services.link_by_code(mine, identity, form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", refusal.exact)
        else:
            messages.success(request, _("Linked. From now on it is one conversation, wherever you write from."))
            return delete_waiting_cookie(redirect("accounts:me"))
    return answer(request, "code", form, waiting=waiting, again=reverse("accounts:address"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the sign-in of this browser, or of another one of the same person."""
    mine = sign_in_of(request)
    if mine is None:
        return delete_token_cookie(redirect("site:home"))
    which = request.POST.get("which", "")
    if is_number(which) and int(which) != mine.pk:
        if not level_of(request):
            return redirect("accounts:second")
        theirs = SignIn.objects.open().filter(contact__in=mine.contact.family_ids())
        services.end_sign_in(get_object_or_404(theirs, pk=int(which)), by=web_actor(mine.contact))
        return redirect(reverse("accounts:me") + "#where")
    services.end_sign_in(mine, by=web_actor(mine.contact))
    messages.success(request, _("You are signed out."))
    return delete_token_cookie(redirect("site:home"))


@require_POST
@signed_in()
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End the sign-ins of all browsers of this person."""
    mine = sign_in_of(request)
    assert mine is not None
    services.end_all_sign_ins(mine.contact, by=web_actor(mine.contact))
    messages.success(request, _("You are signed out everywhere."))
    return delete_token_cookie(redirect("site:home"))


@never_cache
@require_safe
def national(request: HttpRequest, key: str) -> HttpResponse:
    """Redirect to the identity provider; a GET, since our policy lets no form lead to another site."""
    row = get_object_or_404(NationalLogin, key=key, is_active=True)
    try:
        refuse_over_limit(request, "national", ASKS)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("accounts:sign_in")
    return oidc_views.redirect_to_provider(request, row.key, next_of(request))


@never_cache
@require_safe
def national_back(request: HttpRequest, key: str) -> HttpResponse:
    """Handle the redirect back from the identity provider, and sign the person in."""
    if not NationalLogin.objects.filter(key=key, is_active=True).exists():
        raise Http404
    return oidc_views.finish_at_provider(request, key)
