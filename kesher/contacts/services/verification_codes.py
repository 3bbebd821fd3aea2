"""One-time codes: whoever types one back holds both ends.

What a code confirms counts as of the moment at which it was asked for (`asked_when`), if it is still the same wish.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import reduce
from hashlib import sha256
from operator import or_

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.services.unverified_addresses import network_digest, note_proved
from kesher.core.arrival import arrived_at
from kesher.core.client_ip import current_cause
from kesher.core.errors import Refused
from kesher.core.ids import code as new_code
from kesher.core.scope import everywhere

PROOF_MINUTES = 15
PROOF_TRIES = 5  # from where the code was asked for, and again as many from everywhere else
OVER = {"wish": "", "network": ""}  # what a code that is over keeps no longer


class ProofFailed(ValueError):
    """The code did not prove anything. ``why``: "wrong", "spent" (tried too often), "used", "old", or "none" where none
    was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class WrongCode(Refused):
    """The same for the person. The message tells nobody whether a code was asked for; ``exact`` says what is wrong, to
    whoever asked for it in this browser."""

    def __init__(self, why: str = "none") -> None:
        vague = _("This code is wrong, or too old. Check it, or ask for a new one.")
        super().__init__(vague, code="code")
        self.exact = explain_code_failure(why) or vague


def explain_code_failure(why: str) -> str:
    """Return what is wrong with a code; "" where that is not known."""
    words = {
        "wrong": _("This code is wrong. Check it, or ask for a new one."),
        "spent": _("Five wrong tries: this code is used up. Ask for a new one."),
        "used": _("This code was used already. If you still need one, ask for a new one."),
        "old": _("This code is too old. Ask for a new one."),
    }
    return words.get(why, "")


def code_digest(proof_key: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{proof_key}:{code}".encode(), sha256).hexdigest()


def wish_digest(identity: Identity, code: str, wish: Mapping[str, object]) -> str:
    """Return what tells whether the same is wanted when the code comes back; the code in it keeps it unreadable. "" for
    no wish; what is empty in one counts for nothing."""
    said = {name: str(value) for name, value in wish.items() if value not in (None, "", 0, False, [])}
    return code_digest(f"{identity.pk}:wish:{json.dumps(said, sort_keys=True)}", code) if said else ""


@transaction.atomic
def create_code(
    identity: Identity,
    *,
    purpose: str,
    asked_by: Contact | None = None,
    subject: str = "",
    wish: Mapping[str, object] | None = None,
) -> tuple[Proof, str]:
    """A one-time code for this address: (row, the code to send). Older open codes of the same purpose end, if they were
    asked for from here: nobody ends the one that somebody else waits for. ``wish``: what the code is asked for, where
    that could be changed on its way back."""
    network = network_digest(current_cause(), identity.agency_id)
    Proof.objects.filter(
        identity=identity, purpose=purpose, subject=subject, network=network, used_at=None, expires__gt=timezone.now()
    ).update(expires=timezone.now(), **OVER)
    code = new_code()
    proof = Proof.objects.create(
        agency_id=identity.agency_id,
        identity=identity,
        asked_by=asked_by,
        purpose=purpose,
        subject=subject,
        network=network,
        digest=code_digest(f"{identity.pk}:{purpose}:{subject}", code),
        expires=timezone.now() + timedelta(minutes=PROOF_MINUTES),
        wish=wish_digest(identity, code, wish or {}),
    )
    return proof, code


def counter_of(proof: Proof) -> str:
    """Return the column that counts wrong tries from here: those of a stranger are counted apart."""
    here = network_digest(current_cause(), proof.agency_id)
    return "tries" if proof.network == here else "tries_elsewhere"


def state_of_code(identity: Identity, *, purpose: str, subject: str = "") -> str:
    """Return why the newest code for this is good no more (see `ProofFailed`); "" where it is."""
    proof = Proof.objects.filter(identity=identity, purpose=purpose, subject=subject).order_by("-id").first()
    if proof is None:
        return "none"
    if proof.used_at is not None:
        return "used"
    if getattr(proof, counter_of(proof)) >= PROOF_TRIES:
        return "spent"
    return "" if proof.expires > arrived_at() else "old"


def use_code(identity: Identity | None, code: str, *, purpose: str, subject: str = "") -> Proof:
    """`check_proof` for a verb that a person asked for. Raises WrongCode, also where nobody has the address."""
    if identity is None:
        raise WrongCode
    try:
        return check_proof(identity, code, purpose=purpose, subject=subject)
    except ProofFailed as failure:
        raise WrongCode(failure.why) from failure


def check_proof(identity: Identity, code: str, *, purpose: str, subject: str = "") -> Proof:
    """Uses a code once; it is in time by when it reached us. Raises ProofFailed. A wrong try is counted, so the caller
    must not roll it back: call this before the transaction that needs the proof. The tries of strangers are counted
    apart: they cannot use up those of whoever asked for the code."""
    rows = Proof.objects.filter(
        identity=identity, purpose=purpose, subject=subject, used_at=None, expires__gt=arrived_at()
    ).order_by("-id")
    usable = [row for row in rows if getattr(row, counter_of(row)) < PROOF_TRIES]
    if not usable:
        raise ProofFailed(state_of_code(identity, purpose=purpose, subject=subject) or "old")
    wanted = code_digest(f"{identity.pk}:{purpose}:{subject}", code.strip())
    proof = next((row for row in usable if hmac.compare_digest(row.digest, wanted)), None)
    if proof is None:
        for row in usable:
            Proof.objects.filter(pk=row.pk).update(**{counter_of(row): F(counter_of(row)) + 1})
        left = any(getattr(row, counter_of(row)) + 1 < PROOF_TRIES for row in usable)
        raise ProofFailed("wrong" if left else "spent")
    proof.used_at = timezone.now()
    if not Proof.objects.filter(pk=proof.pk, used_at=None).update(used_at=proof.used_at, **OVER):
        raise ProofFailed("used")
    note_proved(identity)
    return proof


def find_open_codes(contact: Contact, codes: Collection[str]) -> list[str]:
    """Return those of ``codes`` that are good now for an address of this person, or were asked for by them."""
    family = contact.root().family_ids() if codes else []
    theirs = Q(identity__contact__in=family) | Q(asked_by__in=family)
    rows = Proof.objects.filter(theirs, used_at=None, expires__gt=arrived_at()) if family else Proof.objects.none()
    keys = [(proof.digest, f"{proof.identity_id}:{proof.purpose}:{proof.subject}") for proof in rows]
    return [code for code in codes if any(hmac.compare_digest(kept, code_digest(key, code)) for kept, key in keys)]


def effective_time(proof: Proof, code: str, wish: Mapping[str, object] | None = None) -> datetime:
    """Return the moment as of which what a used code confirms counts: when the code was asked for, if that was for the
    same ``wish``; else when the code itself reached us."""
    same = hmac.compare_digest(proof.wish, wish_digest(proof.identity, code.strip(), wish or {}))
    return proof.asked_at if same else arrived_at()


def last_code_expires(codes: Collection[tuple[str, str]], before: datetime) -> datetime | None:
    """Return when the last code expires that was asked for before this moment and did not come back; None where there
    is none. ``codes``: (purpose, subject)."""
    if not codes:
        return None
    wanted = reduce(or_, (Q(purpose=purpose, subject=subject) for purpose, subject in codes))
    rows = Proof.objects.filter(wanted, used_at=None, asked_at__lt=before).filter(
        Q(tries__lt=PROOF_TRIES) | Q(tries_elsewhere__lt=PROOF_TRIES)
    )
    found: datetime | None = rows.filter(expires__gt=before).aggregate(last=Max("expires"))["last"]
    return found


def forget_wishes() -> int:
    """Wipe what was wanted by whoever never sent the code back, and from where; return how many."""
    with everywhere("wishes of codes that are over"):
        return Proof.objects.filter(expires__lt=timezone.now() - timedelta(hours=1)).exclude(**OVER).update(**OVER)
