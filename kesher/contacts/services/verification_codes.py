"""Create and check the one-time codes that prove an address.

What a code confirms counts as of the moment at which it was asked for (`effective_time`), if the request is still the
same.
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
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kesher.contacts.models import Contact, Identity, Proof
from kesher.contacts.services.unverified_addresses import network_digest, note_proved
from kesher.core.db import batch
from kesher.core.db.agency_scope import everywhere
from kesher.core.db.batch import CachedInBatch
from kesher.core.db.ids import code as new_code
from kesher.core.errors import Refused
from kesher.core.http.arrival_time import arrived_at
from kesher.core.http.client_ip import current_cause
from kesher.core.http.throttle import allow

PROOF_MINUTES = 15
PROOF_TRIES = 5  # from the network that asked, and as many from all others
OVER = {"wish": "", "network": ""}  # values that are cleared when a code is over


class ProofFailed(ValueError):
    """A code that did not prove anything.

    ``why``: "wrong", "spent" (too many tries), "used", "old", or "none" where none was asked for.
    """

    def __init__(self, why: str) -> None:
        """Store why the code was not accepted: "none", "wrong", "spent", "used" or "old"."""
        super().__init__(why)
        self.why = why


class WrongCode(Refused):
    """`ProofFailed` for the person.

    The message does not reveal whether a code was asked for; ``exact`` says what is wrong, for the browser that asked
    for it.
    """

    def __init__(self, why: str = "none") -> None:
        """Set a vague message for strangers; ``exact`` says what is wrong, for those who asked for the code."""
        vague = _("This code is wrong or has expired. Check it, or ask for a new one.")
        super().__init__(vague, code="code")
        self.exact = explain_code_failure(why) or vague


def explain_code_failure(why: str) -> str:
    """Return the text that explains why a code was not accepted; "" for an unknown reason."""
    words = {
        "wrong": _("This code is wrong. Check it, or ask for a new one."),
        "spent": _("Five wrong tries: this code is used up. Ask for a new one."),
        "used": _("This code has been used. If you still need one, ask for a new one."),
        "old": _("This code has expired. Ask for a new one."),
    }
    return words.get(why, "")


def code_digest(proof_key: str, code: str) -> str:
    """Return the HMAC under which a code is stored, with ``proof_key`` (address, purpose, subject) mixed in."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{proof_key}:{code}".encode(), sha256).hexdigest()


def wish_digest(identity: Identity, code: str, wish: Mapping[str, object]) -> str:
    """Return a keyed digest of what a code confirms, to check that it is unchanged when the code comes back.

    The code is part of it, which makes it unreadable. "" for an empty request; empty values are ignored.
    """
    said = {name: str(value) for name, value in wish.items() if value not in (None, "", 0, False, [])}
    return code_digest(f"{identity.pk}:wish:{json.dumps(said, sort_keys=True)}", code) if said else ""


@CachedInBatch
def may_have_codes(_identity_id: int) -> bool:
    """Return whether codes of this address may be open; only a batch that has looked fills in that none are."""
    return True


@batch.atomic()
def create_code(
    identity: Identity,
    *,
    purpose: str,
    asked_by: Contact | None = None,
    subject: str = "",
    wish: Mapping[str, object] | None = None,
) -> tuple[Proof, str]:
    """Create a one-time code for this address; return (its row, the code in plain text to send).

    Older open codes of the same purpose end if they were asked for from the same network, so that nobody ends a code
    that somebody else waits for. ``wish``: the request that the code confirms, where it could be changed before the
    code comes back.
    """
    network = network_digest(current_cause(), identity.agency_id)
    if may_have_codes(identity.pk):
        open_codes = Proof.objects.filter(identity=identity, purpose=purpose, subject=subject, network=network)
        open_codes.filter(used_at=None, expires__gt=timezone.now()).update(expires=timezone.now(), **OVER)
        may_have_codes.fill({(identity.pk,): True})
    code = new_code()
    proof = Proof(
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
    batch.save(proof)
    return proof, code


def read_open_codes(identities: Collection[Identity]) -> None:
    """Read into the batch which of these addresses have codes, so that the others' need not be ended."""
    having = set(Proof.objects.filter(identity__in=identities).values_list("identity", flat=True))
    may_have_codes.fill({(identity.pk,): identity.pk in having for identity in identities})


def counter_of(proof: Proof) -> str:
    """Return the column in which wrong tries from this network are counted: "tries" or "tries_elsewhere"."""
    here = network_digest(current_cause(), proof.agency_id)
    return "tries" if proof.network == here else "tries_elsewhere"


def state_of_code(identity: Identity, *, purpose: str, subject: str = "") -> str:
    """Return why the newest code of this purpose cannot be used (see `ProofFailed`); "" if it can."""
    proof = Proof.objects.filter(identity=identity, purpose=purpose, subject=subject).order_by("-id").first()
    if proof is None:
        return "none"
    if proof.used_at is not None:
        return "used"
    if getattr(proof, counter_of(proof)) >= PROOF_TRIES:
        return "spent"
    return "" if proof.expires > arrived_at() else "old"


def use_code(identity: Identity | None, code: str, *, purpose: str, subject: str = "") -> Proof:
    """Use a one-time code up and return its row. Raise WrongCode, also where the address is unknown."""
    if identity is None:
        raise WrongCode
    try:
        return check_proof(identity, code, purpose=purpose, subject=subject)
    except ProofFailed as failure:
        raise WrongCode(failure.why) from failure


def check_proof(identity: Identity, code: str, *, purpose: str, subject: str = "") -> Proof:
    """Use a one-time code up and return its row. Raise ProofFailed as `find_proof`, and before the transaction, too."""
    proof = find_proof(identity, code, purpose=purpose, subject=subject)
    use_proof(proof)
    return proof


def use_proof(proof: Proof) -> None:
    """Use up a code that was found. Raise ProofFailed if it was used meanwhile."""
    proof.used_at = timezone.now()
    if not Proof.objects.filter(pk=proof.pk, used_at=None).update(used_at=proof.used_at, **OVER):
        raise ProofFailed("used")
    note_proved(proof.identity)


def find_proof(identity: Identity, code: str, *, purpose: str, subject: str = "") -> Proof:
    """Return the row of a one-time code, still unused. Raise ProofFailed if it is wrong, spent, used or too old.

    A try is counted before its code is compared, so that many at once are no more than five; only a wrong one stays
    counted. The caller must not roll it back: call this before the transaction that needs the proof. Tries from other
    networks are counted apart, so strangers cannot use up the tries of the person who asked.
    """
    rows = Proof.objects.filter(
        identity=identity, purpose=purpose, subject=subject, used_at=None, expires__gt=arrived_at()
    ).order_by("-id")
    usable = [row for row in rows if count_try(row)]
    if not usable:
        raise ProofFailed(state_of_code(identity, purpose=purpose, subject=subject) or "old")
    wanted = code_digest(f"{identity.pk}:{purpose}:{subject}", code.strip())
    proof = next((row for row in usable if hmac.compare_digest(row.digest, wanted)), None)
    if proof is None or not may_come_in(identity):
        left = any(getattr(row, counter_of(row)) + 1 < PROOF_TRIES for row in usable)
        raise ProofFailed("wrong" if left else "spent")
    for row in usable:
        Proof.objects.filter(pk=row.pk).update(**{counter_of(row): F(counter_of(row)) - 1})
    proof.identity = identity
    return proof


def may_come_in(identity: Identity) -> bool:
    """Return whether the owner of an address may ask us for anything: they were not blocked, also meanwhile."""
    return identity.contact.root().status == Contact.Status.ACTIVE


def count_try(proof: Proof) -> bool:
    """Count a try of a code from this network; return False if there were too many before, also at the same time."""
    counter = counter_of(proof)
    left = Proof.objects.filter(pk=proof.pk, **{f"{counter}__lt": PROOF_TRIES})
    return getattr(proof, counter) < PROOF_TRIES and bool(left.update(**{counter: F(counter) + 1}))


def find_open_codes(contact: Contact, codes: Collection[str]) -> list[str]:
    """Return which of these texts are valid codes now, sent to this person's addresses or asked for by them.

    Whoever asked for a code to another address sees in their own messages which texts were blanked out: so more than a
    few texts, or messages, are all called codes without being compared.
    """
    family = contact.root().family_ids() if codes else []
    theirs = Q(identity__contact__in=family) | Q(asked_by__in=family)
    rows = list(Proof.objects.filter(theirs, used_at=None, expires__gt=arrived_at())) if family else []
    if not rows:
        return []
    if len(codes) > PROOF_TRIES or not allow(f"open-codes:{family[0]}", PROOF_TRIES, PROOF_MINUTES * 60):
        return list(codes)
    keys = [(proof.digest, f"{proof.identity_id}:{proof.purpose}:{proof.subject}") for proof in rows]
    return [code for code in codes if any(hmac.compare_digest(kept, code_digest(key, code)) for kept, key in keys)]


def effective_time(proof: Proof, code: str, wish: Mapping[str, object] | None = None) -> datetime:
    """Return the time as of which the request that a code confirmed takes effect.

    That is when the code was asked for, if it was for the same ``wish``; else when the code reached us.
    """
    same = hmac.compare_digest(proof.wish, wish_digest(proof.identity, code.strip(), wish or {}))
    return proof.asked_at if same else arrived_at()


def last_code_expires(codes: Collection[tuple[str, str]], before: datetime) -> datetime | None:
    """Return when the last unused code that was requested before this moment expires; None for none.

    ``codes``: (purpose, subject).
    """
    if not codes:
        return None
    wanted = reduce(or_, (Q(purpose=purpose, subject=subject) for purpose, subject in codes))
    rows = Proof.objects.filter(wanted, used_at=None, asked_at__lt=before).filter(
        Q(tries__lt=PROOF_TRIES) | Q(tries_elsewhere__lt=PROOF_TRIES)
    )
    found: datetime | None = rows.filter(expires__gt=before).aggregate(last=Max("expires"))["last"]
    return found


def forget_wishes() -> int:
    """Delete the stored requests and networks of codes that expired; return how many codes."""
    with everywhere("wishes of codes that are over"):
        return Proof.objects.filter(expires__lt=timezone.now() - timedelta(hours=1)).exclude(**OVER).update(**OVER)
