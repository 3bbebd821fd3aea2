"""What citizens do with petitions: sign one, withdraw a signature, start one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kesher.contacts.service_caller import Call
from kesher.petitions import services
from kesher.petitions.author_messages import start_receipt, started_data
from kesher.petitions.forms.authors import StartForm, StartStepForm, build_written
from kesher.petitions.forms.signatures import SignForm, SignStepForm, WithdrawForm, WithdrawStepForm
from kesher.petitions.models import Petition
from kesher.petitions.services.drafts import START as START_PURPOSE
from kesher.petitions.services.signatures import SIGN as SIGN_PURPOSE
from kesher.petitions.services.signatures import UNSIGN
from kesher.petitions.skill.facts import list_facts
from kesher.petitions.skill.signatures import (
    find_authored_petition,
    find_confirmable,
    find_given_petition,
    find_withdrawable,
    introduce_signing,
    introduce_withdrawing,
    signature_receipt,
    withdrawal_receipt,
)
from kesher.verbs.declaration import Confirming, Verb, register

SIGN = Verb(
    name="petitions.sign",
    title=_("Sign a petition"),
    intents={
        "he": ("לחתום", "חתום", "חתמו", "חתימה", "לחתום על עצומה", "עצומה", "עצומות"),
        "ar": ("وقّع", "توقيع", "أوقع", "التوقيع", "وقعوا", "عريضة"),
        "ru": ("подписать", "подпись", "подписаться под петицией", "петиция", "петиции"),
        "en": ("sign", "petition", "petitions", "sign petition"),
    },
    subject=find_given_petition,
    needs_subject=True,
    number_rank=-1,
    table_row="sign",
    menu=20,
    icon="pen",
    form=SignForm,
    conversation_form=SignStepForm,
    introduce=introduce_signing,
    facts=list_facts,
    execute=services.sign_petition,
    receipt=signature_receipt,
    data=lambda signed: {"state": "counted", "receipt": signed.signature.receipt, "new": signed.new},
    confirming=Confirming(
        name="petitions.confirm",
        title=_("Confirm my signature"),
        purpose=SIGN_PURPOSE,
        subject=find_confirmable,
        execute=services.confirm_signature,
        consents=("updates",),
    ),
    right="log_call",
)

WITHDRAW = Verb(
    name="petitions.withdraw",
    title=_("Take a signature back"),
    intents={
        "he": ("לבטל חתימה", "ביטול חתימה", "לבטל את החתימה", "להסיר חתימה"),
        "ar": ("سحب التوقيع", "إلغاء التوقيع", "الغاء توقيع"),
        "ru": ("отозвать подпись", "снять подпись"),
        "en": ("withdraw", "unsign", "withdraw signature"),
    },
    subject=find_withdrawable,
    needs_subject=True,
    number_rank=1,
    icon="undo",
    form=WithdrawForm,
    conversation_form=WithdrawStepForm,
    introduce=introduce_withdrawing,
    facts=list_facts,
    execute=services.withdraw_signature,
    receipt=withdrawal_receipt,
    data=lambda _withdrawn: {"state": "withdrawn"},
    confirming=Confirming(
        name="petitions.withdraw_confirm",
        title=_("Take a signature back"),
        purpose=UNSIGN,
        subject=find_withdrawable,
        execute=services.confirm_withdrawal,
        data=lambda _withdrawn: {},
        silent=True,
    ),
)


def start_petition(call: Call, **answers: Any) -> Petition:
    """Start a petition with the answers of its form."""
    return services.start_petition(build_written(answers, call.lang), call)


START = Verb(
    name="petitions.write",
    title=_("Start a petition"),
    icon="megaphone",
    form=StartForm,
    conversation_form=StartStepForm,
    execute=start_petition,
    receipt=start_receipt,
    data=started_data,
    confirming=Confirming(
        name="petitions.prove",
        title=_("Confirm my petition"),
        purpose=START_PURPOSE,
        subject=find_authored_petition,
        execute=services.confirm_author,
        find_identity=services.find_asked_identity,
        data=lambda petition: {"id": int(petition.code), "state": "draft"},
    ),
)
register(SIGN, WITHDRAW, START)
