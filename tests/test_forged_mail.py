"""Mail that no domain vouches for changes nothing that its sender seems to have here."""

from __future__ import annotations

from typing import Any

from kesher.channels.models import Account
from kesher.contacts.models import Identity
from kesher.contacts.services import get_or_create_identity
from kesher.conversations.tests.talk import MAIL, hear
from kesher.dialogues.registry import REGISTRY
from kesher.participation.models import Participation
from kesher.petitions.models import Petition
from kesher.petitions.tests.factories import a_petition
from kesher.petitions.tests.talk import link_sent_to
from kesher.verbs.declaration import VERBS


def states() -> list[str]:
    return list(Participation.objects.order_by("id").values_list("state", flat=True))


def test_forged_mail_withdraws_no_signature(city: Any, mailbox: Account) -> None:
    a_petition(code="48213")
    hear(mailbox, MAIL, "לחתום 48213", "1", authenticated=True)
    hear(mailbox, MAIL, "לבטל חתימה 48213", "1")
    assert states() == ["counted"]
    hear(mailbox, MAIL, "לבטל חתימה 48213", "1", authenticated=True)
    assert states() == ["withdrawn"]


def test_a_yes_in_forged_mail_does_not_finish_what_the_person_began(city: Any, mailbox: Account) -> None:
    a_petition(code="48213")
    hear(mailbox, MAIL, "לחתום 48213", "1", authenticated=True)
    hear(mailbox, MAIL, "לבטל חתימה 48213", authenticated=True)
    hear(mailbox, MAIL, "1")
    assert states() == ["counted"]


def test_forged_mail_links_no_address_and_proves_none(city: Any, mailbox: Account, sms: Account) -> None:
    victim = get_or_create_identity(MAIL, assurance=1)
    hear(mailbox, MAIL, "לקשר", "050-5550999")
    assert not Identity.objects.filter(address="+972505550999").exists()
    victim.refresh_from_db()
    assert victim.assurance == 1


def test_every_skill_that_changes_what_a_person_has_says_so() -> None:
    """Verbs, and those of contests, ask for a proof themselves."""
    changing = {name for name, skill in REGISTRY.skills.items() if skill.changes_own}
    for verb in VERBS.values():
        changing |= {verb.name, verb.confirming.name} if verb.confirming else {verb.name}
    words = ("withdraw", "unoffer", "cancel", "close", "amend", "news", "link", "pickup", "place")
    assert changing >= {name for name in REGISTRY.skills if name.rpartition(".")[2].startswith(words)}


def test_a_stranger_writes_no_name_into_a_pending_signature(city: Any, client: Any, sms: Account) -> None:
    a_petition(code="48213")
    api = "/api/v1/petitions/48213/signatures/"
    body = {"address": "050-5550142", "name": "דנה לוי", "show_name": True}
    for name in ("דנה לוי", "מישהו אחר"):
        client.post(api, {**body, "name": name}, content_type="application/json")
    row = Participation.objects.get()
    assert (row.name, row.show_name) == ("", False)
    assert Petition.objects.count() == 1
    assert link_sent_to("+972505550142")
