"""Pages where citizens manage passkeys and an authenticator app, which replace one-time codes."""

from __future__ import annotations

from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.accounts import services
from kesher.accounts.decorators import next_of, signed_in, with_next
from kesher.accounts.forms import AddKeyForm, AppForm, FactorForm, KeyForm
from kesher.accounts.models import Keyring, SignIn
from kesher.accounts.presenters import app_page, creation_options, key_name
from kesher.accounts.services.sign_in import web_actor
from kesher.accounts.session_cookie import sign_in_of
from kesher.accounts.views import TRIES, device_of, redirect_signed_in, refuse_over_limit
from kesher.contacts.models import Contact
from kesher.core.errors import Refused
from kesher.core.http.user_agent import describe_device


def signed_in_person(request: HttpRequest) -> tuple[SignIn, Contact]:
    """Return the request's (sign-in, contact), in a view that is decorated with `signed_in`."""
    found = sign_in_of(request)
    assert found is not None
    return found, found.contact.root()


@signed_in(2)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show the signed-in citizen's passkeys and authenticator app."""
    _sign_in, contact = signed_in_person(request)
    rows = [row for ring in services.keyrings_of(contact) for row in services.keys_of(ring.user)]
    return render(request, "accounts/keys.html", {"keys": rows})


@signed_in(2)
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Show a QR code for setting up a citizen's authenticator app, and add the app when its first code is right."""
    _sign_in, contact = signed_in_person(request)
    user = services.get_or_create_keyring(contact).user
    form = AppForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and services.may_try(user) and form.is_valid():
        services.uncount_factor_try(user)
        services.is_first_use(user, form.cleaned_data["code"])
        services.add_app(user, form.secret, by=web_actor(contact))
        messages.success(request, _("Your app is ready. From now on it shows a code whenever you need one."))
        return redirect("accounts:keys")
    status = 422 if form.errors else 200
    return render(request, "accounts/app.html", {"form": form, **app_page(user, form.secret)}, status=status)


@signed_in(2)
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Add a citizen's passkey on this device, which must verify its owner (a finger, a face, a PIN).

    It opens this person's page only.
    """
    _sign_in, contact = signed_in_person(request)
    user = services.get_or_create_keyring(contact).user
    form = AddKeyForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        name = key_name(form.cleaned_data["name"], describe_device(request.headers.get("user-agent", "")))
        services.add_passkey(user, name, form.cleaned_data["credential"], by=web_actor(contact))
        messages.success(request, _("From now on you can sign in here with this passkey, without a code."))
        return redirect("accounts:keys")
    status = 422 if form.errors else 200
    context = {"form": form, "options": creation_options(user, alone=True)}
    return render(request, "accounts/passkey.html", context, status=status)


@require_POST
@signed_in(2)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one of the signed-in citizen's passkeys or authenticator apps."""
    _sign_in, contact = signed_in_person(request)
    by = web_actor(contact)
    if not any(services.remove_key(ring.user, pk, by=by) for ring in services.keyrings_of(contact)):
        raise Http404
    messages.success(request, _("Removed."))
    return redirect("accounts:keys")


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """Return as JSON the WebAuthn options for signing in with a passkey; a POST, as it changes the session."""
    try:
        refuse_over_limit(request, "code", TRIES)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=429)
    return JsonResponse(webauthn.begin_authentication(None))


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in the citizen whose passkey signed the challenge, at proof level 2."""
    after = next_of(request)
    try:
        refuse_over_limit(request, "code", TRIES)
        form = KeyForm(request.POST, user=None)
        ring = get_answering_keyring(form)
        identity = services.main_identity(ring.contact)
        entered = services.enter_by_key(
            identity, way=SignIn.Way.PASSKEY, device=device_of(request), before=sign_in_of(request)
        )
        services.note_use(form.cleaned_data["credential"], by=web_actor(ring.contact))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(with_next("accounts:sign_in", after))
    return redirect_signed_in(request, after, entered)


def get_answering_keyring(form: KeyForm) -> Keyring:
    """Return the keyring of the citizen whose passkey answered. Raise Refused for an unknown or doubtful one.

    Raise Refused for an unknown or doubtful key, also for one of staff, which opens no citizen's page.
    """
    if form.is_valid():
        rows = Keyring.objects.select_related("contact__merged_into")
        credential = form.cleaned_data["credential"]
        found = rows.filter(user=credential.user_id).first()
        if found is not None and not services.is_doubtful(credential, found.contact):
            return found
    raise Refused(_("This passkey is not known here. Sign in with a code."))


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def by_app(request: HttpRequest) -> HttpResponse:
    """Raise the sign-in's proof level to 2 by a code of this citizen's authenticator app."""
    sign_in, contact = signed_in_person(request)
    rings = services.keyrings_of(contact)
    user = next((ring.user for ring in rings if services.keys_of(ring.user)), None)
    if user is None:
        return redirect(with_next("accounts:prove", next_of(request)))
    form = FactorForm(request.POST if request.method == "POST" else None, user=user)
    form.fields["code"].help_text = ""  # citizens have other addresses in place of recovery codes
    if request.method == "POST" and services.may_try(user) and form.is_valid():
        if services.is_first_use(user, form.cleaned_data["code"]):
            services.uncount_factor_try(user)
            services.note_use(form.authenticator, by=web_actor(contact))
            entered = services.enter_by_key(sign_in.identity, way=SignIn.Way.APP, before=sign_in)
            return redirect_signed_in(request, next_of(request), entered)
        form.add_error("code", _("This code was used. Wait for the next one."))
    context = {"form": form, "next": next_of(request)}
    return render(request, "accounts/by_app.html", context, status=422 if form.errors else 200)
