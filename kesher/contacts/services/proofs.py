"""One-time codes: whoever types one back holds both ends."""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kesher.contacts.models import Contact, Identity, Proof
from kesher.core.ids import code as new_code

PROOF_MINUTES = 15
PROOF_TRIES = 5


class ProofFailed(ValueError):
    """The code is wrong, used, too old, or was tried too often."""


def digest(proof_key: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{proof_key}:{code}".encode(), sha256).hexdigest()


@transaction.atomic
def ask_proof(
    identity: Identity, *, purpose: str, asked_by: Contact | None = None, subject: str = ""
) -> tuple[Proof, str]:
    """A one-time code for this address: (row, the code to send). Older open codes of the same purpose end."""
    Proof.objects.filter(identity=identity, purpose=purpose, subject=subject, used_at=None).update(
        expires=timezone.now()
    )
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
    """Uses a code once. Raises ProofFailed. A wrong try is counted, so the caller must not roll it back: call this
    before the transaction that needs the proof."""
    proof = (
        Proof.objects.filter(
            identity=identity, purpose=purpose, subject=subject, used_at=None, expires__gt=timezone.now()
        )
        .order_by("-id")
        .first()
    )
    if proof is None or proof.tries >= PROOF_TRIES:
        raise ProofFailed("no open code")
    if not hmac.compare_digest(proof.digest, digest(f"{identity.pk}:{purpose}:{subject}", code.strip())):
        Proof.objects.filter(pk=proof.pk).update(tries=F("tries") + 1)
        raise ProofFailed("wrong code")
    proof.used_at = timezone.now()
    if not Proof.objects.filter(pk=proof.pk, used_at=None).update(used_at=proof.used_at):
        raise ProofFailed("used already")
    return proof
