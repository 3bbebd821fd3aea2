"""Do what a verb (a thing that citizens can do) says: at once, or when the code sent to the address comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kesher.agencies.base_url import absolute
from kesher.channels.base import Say
from kesher.contacts.service_caller import Call
from kesher.contacts.services import (
    ProofFailed,
    WrongCode,
    effective_time,
    find_proof,
    get_or_create_identity,
    prove_identity,
    use_proof,
)
from kesher.conversations.services import confirm_commitment, send_code
from kesher.conversations.services.confirmations import SILENT_DOORS
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.contact_address import Address
from kesher.core.db.agency_scope import everywhere
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrival
from kesher.dialogues.forms import StepForm
from kesher.dialogues.services import close_code_question
from kesher.verbs.declaration import VERBS, Proof, Verb, answers_taken, code_of, keywords_of
from kesher.verbs.models import PendingRequest

STORED_FOR = timedelta(days=1)
FOR = gettext_lazy('for "%(title)s"')
CONFIRM = "verbs.confirm"  # the skill that takes the code in a conversation


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking for a verb.

    ``result``: what its service returned, or the `PendingRequest` that waits. ``asked``: the address that a code went
    to; None: it is done.
    """

    result: Any
    asked: Address | None = None


def do_or_ask(verb: Verb, subject: Any, call: Call, answers: Mapping[str, Any], raw: Mapping[str, Any]) -> Outcome:
    """Do what a verb says; or send a code first, where the call's address is not proved.

    ``answers`` are cleaned, ``raw`` as the form got them. Raise Refused, or MessageLimitReached if no code may be sent.
    """
    if not needs_code(verb, subject, call):
        return Outcome(do(verb, subject, call, answers))
    if verb.confirming is not None:
        return Outcome(execute(verb, subject, call, answers), call.address)
    return Outcome(ask_for_code(verb, subject, call, raw), call.address)


def needs_code(verb: Verb, subject: Any, call: Call) -> bool:
    """Return whether a code must prove the address of a call before the verb is done."""
    return verb.proof is Proof.ADDRESS and call.level < verb.level(subject)


def do(verb: Verb, subject: Any, call: Call, answers: Mapping[str, Any]) -> Any:
    """Do what a verb says with the cleaned answers of its form; return what its service returned.

    On a page and through the API, the person gets the receipt as a message, too.
    """
    if verb.confirming is not None:
        return execute(verb, subject, call, answers)
    with transaction.atomic():
        if call.identity is None and call.address is not None:
            call = replace(call, identity=get_or_create_identity(call.address, language=call.lang))
        result = execute(verb, subject, call, answers)
        if call.identity is not None:
            make = partial(receipt_message, verb, result, call.lang)
            confirm_commitment(call.identity, make, door=call.door, forms=(verb.name,), subject=code_of(subject))
        return result


def execute(verb: Verb, subject: Any, call: Call, answers: Mapping[str, Any]) -> Any:
    """Call a verb's service with those answers that it takes."""
    taken = answers_taken(verb.execute, verb.form, verb.conversation_form)
    about = () if verb.subject is None else (subject,)
    return verb.execute(*about, call, **{name: value for name, value in answers.items() if name in taken})


def confirm_stored(verb: Verb, subject: Any, call: Call, code: str, answers: Mapping[str, Any] | None = None) -> Any:
    """Confirm with its code what a verb's service stored; return what its service for that returned. Raise Refused."""
    assert verb.confirming is not None
    names = keywords_of(verb.confirming.execute)
    given = {name: value for name, value in (answers or {}).items() if names is None or name in names}
    return verb.confirming.execute(subject, call, code, **given)


def receipt_message(verb: Verb, result: Any, lang: str = "") -> Say:
    """Return the receipt of what a verb's service returned, as a message."""
    receipt = verb.receipt(result)
    title, secrets = str(verb.title), receipt.secrets
    return Say(receipt.text, receipt.options, links=receipt.links, subject=title, lang=lang, secrets=secrets)


@transaction.atomic
def ask_for_code(verb: Verb, subject: Any, call: Call, raw: Mapping[str, Any]) -> PendingRequest:
    """Store a request until its address is proved, and send a code and a link there; return what is stored.

    Raise MessageLimitReached or Refused if nothing may or can be sent there.
    """
    assert call.address is not None
    identity = get_or_create_identity(call.address, language=call.lang)
    row = PendingRequest.objects.create(
        agency_id=identity.agency_id,
        verb=verb.name,
        subject=code_of(subject),
        answers={name: raw[name] for name in verb.form.of(raw, subject=subject, contact=None).fields if name in raw},
        identity=identity,
        door=call.door,
        lang=call.lang,
    )
    send_pending_code(row)
    by = Actor("staff", call.staff.pk, call.door) if call.staff else SYSTEM
    audit("verbs.ask", by=by, subject=row, verb=verb.name, door=call.door)
    return row


def send_pending_code(row: PendingRequest) -> None:
    """Send the code and the link of a stored request to its address, once more if it was sent before."""
    link = f"{absolute(reverse('verbs:confirm', args=[row.key]))}?code=CODE"
    verb = VERBS[row.verb]
    subject = verb.subject(row.subject) if verb.subject else None
    send_code(
        row.identity,
        purpose=row.verb,
        why=FOR,
        title=lambda: verb.describe(subject),
        subject=row.key,
        lang=row.lang,
        link=link,
    )


def find_pending(key: str) -> PendingRequest | None:
    """Return the stored request with this key if it may still be confirmed, or None."""
    since = timezone.now() - STORED_FOR
    rows = PendingRequest.objects.select_related("identity__contact").filter(key=key, created__gt=since)
    row = rows.first()
    return row if row is not None and row.verb in VERBS else None


def pending_form(row: PendingRequest) -> tuple[Any, StepForm]:
    """Return (subject, bound form) of a stored request, as they are now."""
    verb = VERBS[row.verb]
    subject = verb.subject(row.subject) if verb.subject else None
    return subject, verb.form.of(row.answers, subject=subject, contact=row.identity.contact)


def confirm_request(row: PendingRequest, code: str, call: Call) -> Any:
    """Do what a stored request asks for, now that its code came back, and return what the verb's service returned.

    It counts as if it had come when it was asked for.

    Raise Refused for a wrong code, or if it cannot be done any more. A wrong try stays counted, because this is not
    one transaction; a code whose request is refused may come again.
    """
    try:
        proof = find_proof(row.identity, code, purpose=row.verb, subject=row.key)
    except ProofFailed as failure:
        raise WrongCode(failure.why) from failure
    with arrival(effective_time(proof, code)), transaction.atomic():
        if not PendingRequest.objects.select_for_update().filter(pk=row.pk).exists():
            raise Refused(_("This was confirmed already."))
        subject, form = pending_form(row)
        verb = VERBS[row.verb]
        if not verb.is_about(subject):
            raise Refused(_("This is not possible any more."))
        if not form.is_valid():
            raise Refused(str(next(iter(form.errors.values()))[0]))
        by = Actor("contact", row.identity.contact.root().pk, call.door)
        use_proof(proof)
        identity = prove_identity(row.identity, level=1, evidence={"code_for": row.verb}, by=by)
        row.delete()
        if call.door in SILENT_DOORS and row.door not in SILENT_DOORS:  # a conversation asks for the code
            close_code_question(CONFIRM, row.key)
        return do(verb, subject, replace(call, identity=identity, level=1, confirmed=True), form.cleaned_data)


@transaction.atomic
def erase_requests(ids: Sequence[int]) -> None:
    """Delete the stored requests of these contacts."""
    PendingRequest.objects.filter(identity__contact__in=ids).delete()
    audit("verbs.erase", by=SYSTEM, people=len(ids))


def forget_requests() -> int:
    """Delete the stored requests that nobody confirmed within a day; return how many."""
    with everywhere("requests that nobody confirmed"):
        return PendingRequest.objects.filter(created__lt=timezone.now() - STORED_FOR).delete()[0]


def find_pending_answers() -> set[str]:
    """Return every answer of the requests that wait for a code: some of them are keys of files."""
    rows = PendingRequest.objects.values_list("answers", flat=True)
    return {str(value) for answers in rows.iterator() for value in answers.values()}
