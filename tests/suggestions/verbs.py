"""What residents do with the suggestion box."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kesher.verbs.declaration import Verb, register
from tests.suggestions import presenters, services
from tests.suggestions.forms import SuggestForm

SUGGEST = Verb(
    name="suggestions.suggest",
    title=_("Suggest something"),
    intents={
        "he": ("תיבת הצעות", "להציע"),
        "ar": ("صندوق الاقتراحات",),
        "ru": ("ящик предложений",),
        "en": ("suggestion box", "suggest"),
    },
    form=SuggestForm,
    execute=services.suggest,
    receipt=presenters.suggestion_receipt,
    right="log_call",
    table_row="suggest",
    icon="send",
)
register(SUGGEST)
