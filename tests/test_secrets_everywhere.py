"""Codes that any verb sends can be read by their recipient only."""

from __future__ import annotations

import ast
import io
import logging
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from kesher.accounts.models import SignIn
from kesher.accounts.services import link_to_page, start_sign_in
from kesher.accounts.services.recycled_numbers import ask_for_second_code
from kesher.accounts.services.sign_in_codes import send_code_to_known, send_link_code, send_sign_in_code
from kesher.accounts.tests.acting import browser_of
from kesher.channels.base import Address, ChannelError, Receipt, Say
from kesher.channels.models import Account
from kesher.channels.secret_redaction import is_link
from kesher.contacts.models import Identity
from kesher.contacts.service_caller import Call
from kesher.contacts.services import answer_requests, get_or_create_identity, merge_contacts
from kesher.contests import services as contests
from kesher.contests.tests.factories import a_ballot_of, a_contest, a_proposal
from kesher.conversations.delivery.leases import Job, Outcome, lease_deliveries, record_outcomes
from kesher.conversations.models import Delivery
from kesher.conversations.services import start_link
from kesher.conversations.services.identity_linkage import write_to
from kesher.conversations.tests.talk import hear
from kesher.core.audit import SYSTEM
from kesher.dialogues.dialogue_turn import Turn
from kesher.participation.services import drain_deltas
from kesher.petitions import services as petitions
from kesher.petitions.models import Petition
from kesher.petitions.services.events import tell_author
from kesher.petitions.tests.factories import a_petition, ask_to_sign, sign_as
from kesher.purchases import services as purchases
from kesher.purchases.tests.factories import a_demand, a_purchase
from kesher.site.backup_archive import pack_archive
from kesher.verbs.services import ask_for_code
from tests.suggestions.verbs import SUGGEST
from tests.test_permissions import fill, sample, walk  # noqa: F401  # sample is a fixture

PACKAGE = Path(__file__).parent.parent / "kesher"
PURCHASES = ("offer", "unoffer", "mine", "give_up")
numbers = count(1)
Send = Callable[[], object]


def phone(assurance: int = 0) -> Identity:
    return get_or_create_identity(Address("tel", f"+9725559{next(numbers):05d}"), assurance=assurance, language="he")


def address(assurance: int = 0) -> Address:
    found = phone(assurance)
    return Address(found.scheme, found.address)


def signed_in(who: Identity) -> SignIn:
    return start_sign_in(who, level=2, way="code").sign_in


def second() -> None:
    mine = phone(1)
    other = Identity.objects.create(
        agency=mine.agency, contact=mine.contact, scheme="tel", address=address().address + "0", assurance=1
    )
    ask_for_second_code(signed_in(mine), Address("tel", other.address), lang="he")
    answer_requests()


def taken_back(petition: Petition) -> None:
    signer = phone(1)
    sign_as(petition, signer)
    petitions.withdraw_signature(petition, Call(door="web", address=Address("tel", signer.address)))
    answer_requests()


def from_contest() -> None:
    contest, proposer = a_contest(), phone(1)
    a_proposal(contest, "קלקלן", by=proposer)
    contests.ask_for_withdrawal_code(contest, Call(door="web", address=Address("tel", proposer.address)))
    answer_requests()


def from_page(petition: Petition) -> None:
    ask_to_sign(petition, address())
    drain_deltas()
    petitions.send_due_codes()


def from_other_address(petition: Petition) -> None:
    signer, other = phone(1), phone(1)
    sign_as(petition, signer)
    merge_contacts(signer.contact, other.contact, reason="code", by=SYSTEM)
    ask_to_sign(petition, Address("tel", other.address))


def signing_codes(petition: Petition) -> None:
    from_page(petition)
    from_other_address(petition)


def an_author() -> tuple[Petition, Identity]:
    author = phone(1)
    return a_petition(author=author.contact, published=False), author


def purchase_codes() -> None:
    purchases.register_interest(a_demand(), Call(door="web", address=address()))
    purchases.pledge_units(a_purchase(), Call(door="web", address=address()), quantity=1)
    purchases.request_code(a_demand(), "start", Call(door="web", address=address(2)))
    for wish in PURCHASES:
        purchases.request_code(a_purchase(), wish, Call(door="web", address=address()))


def senders(petition: Petition) -> dict[str, Send]:
    """Return every function that creates a code, with a call that does so."""
    vote = a_ballot_of("רחוב", "שדרה")[1]
    waits = a_proposal(a_contest(), "קלקלון")
    return {
        "accounts/services/sign_in_codes.py:send_sign_in_code": lambda: send_sign_in_code(
            address(), browser="b", lang="he"
        ),
        "accounts/services/sign_in_codes.py:send_code_to_known": lambda: send_code_to_known(
            phone(), browser="b", lang="he"
        ),
        "accounts/services/sign_in_codes.py:send_link_code": lambda: send_link_code(
            signed_in(phone(1)), address(), lang="he"
        ),
        "accounts/services/recycled_numbers.py:send_second_code": second,
        "accounts/services/magic_links.py:link_to_page": lambda: say_page(phone(1)),
        "contests/services/proposals.py:send_proposal_code": lambda: contests.send_proposal_code(
            waits, address(), lang="he"
        ),
        "contests/services/withdrawals.py:send_withdrawal_code": from_contest,
        "contests/services/votes.py:send_vote_code": lambda: contests.cast_vote(
            vote, Call(door="web", address=address()), numbers=[1]
        ),
        "conversations/services/identity_linkage.py:start_link": lambda: start_link(
            Turn(phone(1).contact, "sms", identity=phone(1)), address()
        ),
        "petitions/services/signatures.py:send_signing_code": lambda: signing_codes(petition),
        "petitions/services/signatures.py:send_withdrawal_code": lambda: taken_back(petition),
        "petitions/services/drafts.py:send_author_code": lambda: petitions.send_author_code(*an_author(), lang="he"),
        "purchases/services/address_verification.py:send_join_code": purchase_codes,
        "verbs/services.py:send_pending_code": lambda: ask_for_code(
            SUGGEST, None, Call(door="web", address=address()), {"text": "ספסל"}
        ),
    }


def say_page(who: Identity) -> None:
    link = link_to_page(who)
    write_to(who, Say("לדף שלכם", links=(("כאן", link.url),), secrets=(link.url,), until=link.until))


def test_every_sender_of_a_code_is_known_here(sample: dict[str, str]) -> None:  # noqa: F811
    found = {f"{where}:{name}" for where, name, call in calls() if call == "send_code"}
    makers = {f"{where}:{name}" for where, name, call in calls() if call == "create_code"}
    link = "accounts/services/magic_links.py:link_to_page"
    unsent = "accounts/services/sign_in_codes.py:create_decoy_code"  # a code that is never sent, so that wrong tries are counted anyway
    assert makers == {"conversations/services/identity_linkage.py:send_code", link, unsent}
    assert found | {link} == set(senders(Petition.objects.get()))


def calls() -> Iterator[tuple[str, str, str]]:
    """Yield (file, function, called name) of all code that creates codes; views of that name in `purchases` have no purpose."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if "tests" in file.parts or file.name.startswith("test_"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and "purpose" in {word.arg for word in call.keywords}:
                        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                        if name in ("send_code", "create_code"):
                            yield str(file.relative_to(PACKAGE)), node.name, name


def secrets_out() -> list[re.Pattern[str]]:
    """Return every secret: all codes, and the key of every link."""
    found = {secret for row in Delivery.objects.all() for secret in row.sealed.get("secrets", ())}
    links = [urlsplit(secret) for secret in found if is_link(secret)]
    wanted = [re.escape(f"{link.path}?{link.query}" if link.query else link.path) for link in links]
    codes = [rf"(?<![\w.])(?<!\d){secret}(?![\w.])" for secret in found if not is_link(secret)]
    assert len(codes) > 15
    assert len(wanted) > 5
    return [re.compile(one) for one in [*wanted, *codes]]


def everything_stored() -> str:
    """Return all tables as text, without fractions of seconds."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # table names from the database itself
            parts += [f"{table} " + " ".join(map(str, row)) for row in cursor.fetchall()]
    return re.sub(r"\.\d{6}(?!\d)", "", "\n".join(parts))


def in_backup(folder: Path) -> str:
    pack_archive(folder / "backup.tar.gz")
    with tarfile.open(folder / "backup.tar.gz") as tar:
        files = [tar.extractfile(entry) for entry in tar if entry.isfile() and not entry.name.startswith("keys/")]
        whole = b"\n".join(file.read() for file in files if file is not None).decode(errors="replace")
    return re.sub(r"\.\d{6}(?!\d)", "", whole)


def exported(who: Identity) -> str:
    packed = zipfile.ZipFile(io.BytesIO(browser_of(who).get("/me/data/export/").content))
    return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def desk(staff: Client, known: dict[str, str]) -> str:
    """Return every page and file of the desk."""
    parts = []
    for name, route in walk(get_resolver(), "", ""):
        if route.startswith("desk/"):
            answer = staff.get(fill(name, route, known))
            body = answer.getvalue() if answer.status_code == 200 else b""
            parts.append(f"{name}\n{body.decode(errors='replace')}")
    for person in Identity.objects.filter(proofs__isnull=False).distinct():
        parts.append(staff.get(f"/desk/people/{person.contact.root().key}/").content.decode())
    parts += [staff.get(f"/desk/?{query}").content.decode() for query in ("", "view=all", "q=972555900001")]
    return "\n".join(parts)


def seen(patterns: list[re.Pattern[str]], text: str) -> list[str]:
    return [
        text[max(0, found.start() - 80) : found.end() + 20] for one in patterns for found in [one.search(text)] if found
    ]


def test_a_code_is_found_nowhere_while_it_waits_and_after_it_went(
    transactional_db: None,
    sample: dict[str, str],  # noqa: F811
    sms: Account,
    dana: Identity,
    miriams: Client,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for send in senders(Petition.objects.get(action__code="48213")).values():
        send()
    author = Petition.objects.filter(author__isnull=False).first()
    assert author is not None
    tell_author(author, "gather")
    hear(sms, Address("tel", dana.address), "העמוד שלי", "לדווח")
    patterns = secrets_out()
    for _while_it_waits in (True, False):
        assert not seen(patterns, everything_stored())
        assert not seen(patterns, in_backup(tmp_path))
        assert not seen(patterns, exported(dana))
        assert not seen(patterns, desk(miriams, sample))
        for number in count():
            jobs = lease_deliveries()
            if not jobs:
                break
            record_outcomes(outcome(job, number) for job in jobs)
        (tmp_path / "backup.tar.gz").unlink()
    assert not Delivery.objects.exclude(sealed={}).exists()
    assert not seen(patterns, caplog.text)


def outcome(job: Job, number: int) -> Outcome:
    """Test both: it was sent; it failed for good, and the provider repeats the text."""
    if number % 2:
        return Outcome(job, error=ChannelError(f"400 {job.payload.text}", permanent=True))
    return Outcome(job, receipt=Receipt(f"SM{number}"))
