"""Finding people by their addresses, proving addresses, and finding out that two people are one."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from kesher.contacts.addresses import tidy
from kesher.contacts.models import Consent, Contact, Identity, Merge, Proof
from kesher.core import hooks
from kesher.core.address import Address
from kesher.core.audit import SYSTEM, Actor, audit
from kesher.core.ids import code as new_code
from kesher.core.scope import current_agency_id

PROOF_MINUTES = 15
PROOF_TRIES = 5


class ProofFailed(ValueError):
    """The code is wrong, used, too old, or was tried too often."""


def find_identity(address: Address) -> Identity | None:
    """The identity of an address in this agency, with its contact at hand."""
    tidied = tidy(address)
    return (
        Identity.objects.select_related("contact", "contact__merged_into")
        .filter(scheme=tidied.scheme, address=tidied.address)
        .first()
    )


def know(address: Address, *, assurance: int = 0, aliases: Iterable[Address] = (), language: str = "") -> Identity:
    """The identity of this address, with a new contact where nobody has it yet. Never lowers an assurance.

    An alias that is known already (a WhatsApp scoped id whose number was seen before) leads to the same person.
    """
    tidied = tidy(address)
    identity = find_identity(tidied)
    if identity is None:
        identity = first_meeting(tidied, assurance, aliases, language)
    elif identity.assurance < assurance:
        identity.assurance = assurance
        identity.save(update_fields=["assurance"])
    return identity


@transaction.atomic
def first_meeting(address: Address, assurance: int, aliases: Iterable[Address], language: str) -> Identity:
    """A new identity. Two workers that meet the same person at once end with one: the constraint decides."""
    agency_id = current_agency_id()
    known = next((found for alias in aliases if (found := find_identity(alias))), None)
    try:
        with transaction.atomic():
            contact = known.contact if known else Contact.objects.create(
                agency_id=agency_id, name=address.display[:120], language=language
            )
            return Identity.objects.create(
                agency_id=agency_id,
                contact=contact,
                scheme=address.scheme,
                address=address.address,
                display=address.display[:120],
                assurance=assurance,
            )
    except IntegrityError:
        found = find_identity(address)
        if found is None:
            raise
        return found


def digest(proof_key: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{proof_key}:{code}".encode(), sha256).hexdigest()


@transaction.atomic
def ask_proof(identity: Identity, *, purpose: str, asked_by: Contact | None = None, subject: str = "") -> tuple[Proof, str]:
    """A one-time code for this address: (row, the code to send). Older open codes of the same purpose end."""
    Proof.objects.filter(identity=identity, purpose=purpose, subject=subject, used_at=None).update(expires=timezone.now())
    code = new_code()
    proof = Proof.objects.create(
        agency_id=identity.agency_id,
        identity=identity,
        asked_by=asked_by,
        purpose=purpose,
        subject=subject,
        digest=digest(f"{identity.pk}:{purpose}:{subject}", code),
        expires=timezone.now() + timedelta(minutes=PROOF_MINUTES),
    )
    return proof, code


def check_proof(identity: Identity, code: str, *, purpose: str, subject: str = "") -> Proof:
    """Uses a code once. Raises ProofFailed; a wrong try is counted even where the caller rolls back."""
    proof = (
        Proof.objects.filter(identity=identity, purpose=purpose, subject=subject, used_at=None, expires__gt=timezone.now())
        .order_by("-id")
        .first()
    )
    if proof is None or proof.tries >= PROOF_TRIES:
        raise ProofFailed("no open code")
    if not hmac.compare_digest(proof.digest, digest(f"{identity.pk}:{purpose}:{subject}", code.strip())):
        Proof.objects.filter(pk=proof.pk).update(tries=F("tries") + 1)
        raise ProofFailed("wrong code")
    if not Proof.objects.filter(pk=proof.pk, used_at=None).update(used_at=timezone.now()):
        raise ProofFailed("used already")
    return proof


@transaction.atomic
def prove(identity: Identity, *, level: int = 2, evidence: dict[str, Any] | None = None, by: Actor = SYSTEM) -> Identity:
    """The address is this person's, as far as ``level`` says. Never lowers."""
    if identity.assurance < level:
        identity.assurance, identity.verified_at = level, timezone.now()
        identity.evidence = evidence or {}
        identity.save(update_fields=["assurance", "verified_at", "evidence"])
        audit("contacts.prove", by=by, subject=identity, level=level)
    return identity


@transaction.atomic
def merge(kept: Contact, absorbed: Contact, *, reason: str, evidence: dict[str, Any] | None = None, by: Actor) -> Merge | None:
    """Two contacts are one person from now on. Returns the row, or None where they were one already.

    Moves nothing: ``absorbed`` points to ``kept``, and everything that people see is the union.
    """
    kept, absorbed = kept.root(), absorbed.root()
    if kept.pk == absorbed.pk:
        return None
    row, _created = Merge.objects.update_or_create(
        agency_id=kept.agency_id,
        kept=kept,
        absorbed=absorbed,
        state=Merge.State.SUGGESTED,
        defaults={"state": Merge.State.DONE, "reason": reason, "evidence": evidence or {}, "decided_at": timezone.now()},
    )
    Contact.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    absorbed.merged_into = kept
    if not kept.name and absorbed.name:
        kept.name = absorbed.name
        kept.save(update_fields=["name"])
    audit("contacts.merge", by=by, subject=kept, absorbed=absorbed.pk, reason=reason)
    hooks.contacts_merged(kept=kept, absorbed=absorbed, undone=False)
    return row


@transaction.atomic
def suggest_merge(kept: Contact, absorbed: Contact, *, reason: str, evidence: dict[str, Any] | None = None) -> Merge | None:
    """Perhaps one person: a clerk decides. None where they are one already, or were looked at before."""
    kept, absorbed = kept.root(), absorbed.root()
    if kept.pk == absorbed.pk or Merge.objects.filter(kept__in=[kept, absorbed], absorbed__in=[kept, absorbed]).exists():
        return None
    return Merge.objects.create(
        agency_id=kept.agency_id,
        kept=kept,
        absorbed=absorbed,
        state=Merge.State.SUGGESTED,
        reason=reason,
        evidence=evidence or {},
    )


@transaction.atomic
def decide_merge(row: Merge, *, accept: bool, by: Actor) -> Merge | None:
    """A clerk's word on a suggestion."""
    if accept:
        return merge(row.kept, row.absorbed, reason=row.reason, evidence=row.evidence, by=by)
    Merge.objects.filter(pk=row.pk, state=Merge.State.SUGGESTED).update(
        state=Merge.State.REFUSED, decided_at=timezone.now()
    )
    audit("contacts.refuse_merge", by=by, subject=row.kept, absorbed=row.absorbed_id)
    return None


@transaction.atomic
def undo_merge(row: Merge, *, by: Actor) -> bool:
    """They are two people after all: clears the pointer. False where it was undone before."""
    changed = Merge.objects.filter(pk=row.pk, state=Merge.State.DONE).update(
        state=Merge.State.UNDONE, decided_at=timezone.now()
    )
    if not changed:
        return False
    Contact.objects.filter(pk=row.absorbed_id, merged_into=row.kept_id).update(merged_into=None)
    row.absorbed.refresh_from_db()
    audit("contacts.undo_merge", by=by, subject=row.kept, absorbed=row.absorbed_id)
    hooks.contacts_merged(kept=row.kept, absorbed=row.absorbed, undone=True)
    return True


@transaction.atomic
def record_consent(identity: Identity, purpose: str, *, granted: bool, source: str, wording: str = "") -> Consent:
    """Appends to the ledger."""
    return Consent.objects.create(
        agency_id=identity.agency_id,
        identity=identity,
        purpose=purpose,
        granted=granted,
        source=source,
        wording=wording[:300],
    )


@transaction.atomic
def stop(contact: Contact, *, everything: bool, source: str, by: Actor) -> None:
    """Refuses messages for every identity of the person: promotion, opinion and information; ``everything`` adds
    answers about his own cases."""
    purposes = [purpose for purpose in Consent.Purpose if everything or purpose != Consent.Purpose.SERVICE]
    identities = Identity.objects.filter(contact__in=contact.family_ids())
    Consent.objects.bulk_create(
        Consent(agency_id=contact.agency_id, identity=identity, purpose=purpose, granted=False, source=source)
        for identity in identities
        for purpose in purposes
    )
    audit("contacts.stop", by=by, subject=contact, everything=everything)
    hooks.stopped(contact=contact, everything=everything)


def consented(contact: Contact, purpose: str) -> bool | None:
    """The newest word of this person on a purpose, over all his identities: True, False, or None where he said nothing.

    A refusal on any identity, also on one linked later, is the person's refusal until he takes it back.
    """
    newest = (
        Consent.objects.filter(identity__contact__in=contact.family_ids(), purpose=purpose)
        .order_by("-id")
        .values_list("granted", flat=True)
        .first()
    )
    return newest


@transaction.atomic
def set_language(contact: Contact, language: str) -> None:
    contact.language = language
    contact.save(update_fields=["language"])


@transaction.atomic
def set_status(contact: Contact, status: str, *, by: Actor, reason: str = "") -> None:
    """Blocks a sender, or lets him in again."""
    contact.status = status
    contact.save(update_fields=["status"])
    audit("contacts.set_status", by=by, subject=contact, status=status, reason=reason)


@transaction.atomic
def rename(contact: Contact, name: str, *, by: Actor) -> None:
    contact.name = name.strip()[:120]
    contact.save(update_fields=["name"])
    audit("contacts.rename", by=by, subject=contact)


@transaction.atomic
def notice_given(contact: Contact) -> None:
    """The privacy notice was shown to this person, now for the first time."""
    contact.noticed_at = timezone.now()
    contact.save(update_fields=["noticed_at"])
